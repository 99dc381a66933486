/** Why the SDK gave an event up. */
export type DropCause =
  /** The queue was full: the oldest of those worth least went. */
  | "queue_full"
  /** Its verdict did not come within the queue's age (`maxQueue.age`). */
  | "unknown"
  /** Over the wire's limit for one event. */
  | "too_large"
  /** JSON cannot carry it, or `scrub` threw. */
  | "unserialisable"
  /** `scrub` returned null. */
  | "scrubbed"
  /** Consent was denied or withdrawn while it waited, or was being sent. */
  | "consent"
  /** An earlier page had it in IndexedDB, which was deleted since. */
  | "wiped";

/**
 * What became of the events that this page is responsible for. On a page that is alone with its queue:
 * tracked + taken over = accepted + rejected + dropped + queued.
 */
export interface TrackerStats {
  /** Events that this page has recorded. */
  tracked: number;
  /** Events without a verdict that this page is responsible for, those of earlier pages included as far as it has taken them over. */
  queued: number;
  /** Events that the collector has taken. */
  accepted: number;
  /** Events that the collector refused for good, by its code. */
  rejected: Record<string, number>;
  /** Events that the SDK gave up, by cause. */
  dropped: Partial<Record<DropCause, number>>;
  /** Requests that have to be made again. */
  retries: number;
  /** Milliseconds until the next request may be made: the collector asked for that wait, or requests have failed; else 0. */
  retryIn: number;
  /** Where the queue is: `memory` says that it ends with the page; `none` that nothing is recorded, for want of consent or a page. */
  storage: "indexeddb" | "memory" | "none";
}

/** The counts that grow; the others are read from the queue and its sender. */
export type Counts = Omit<TrackerStats, "queued" | "retryIn" | "storage">;

/** Counts at zero. */
export function createCounts(): Counts {
  return { tracked: 0, accepted: 0, rejected: {}, dropped: {}, retries: 0 };
}

/** Adds to one key of a tally. */
export function tally<Key extends string>(counts: Partial<Record<Key, number>>, key: Key, n = 1): void {
  counts[key] = (counts[key] ?? 0) + n;
}
