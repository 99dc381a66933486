/** Factor from one wait to the next: a short outage is over within a minute of retries, and the hour is reached at the fifth. */
const FACTOR = 8;

interface RetryWish {
  /** Deliveries of the message so far, the failed one included: from 1. */
  attempts: number;
  /** Seconds that the relay asked for; 0 where it did not. */
  wanted: number;
  /** The longest wait, seconds. */
  most: number;
}

/**
 * Seconds until a message is delivered again: 1, 8, 64, 512, 3600, 3600 … with an hour as the most, so that the 100 retries that Queues
 * allows outlast four days (96 of them take an hour). Up to half is added by chance, never taken away, so that messages that failed
 * together do not come back together. Never less than the relay asked for, never more than `most`.
 */
export function retryDelay({ attempts, wanted, most }: RetryWish, random: () => number = Math.random): number {
  const backoff = FACTOR ** Math.min(attempts - 1, 10) * (1 + random() / 2);
  return Math.min(Math.ceil(Math.max(backoff, wanted)), most);
}
