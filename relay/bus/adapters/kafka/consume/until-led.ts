import { ExponentialBackoff, handleAll, retry } from "cockatiel";

/** Tries again: a partition that was just made or moved has no leader for a moment, or one that does not know it yet. */
export const untilLed = retry(handleAll, {
  maxAttempts: 10,
  backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 1_000 }),
});
