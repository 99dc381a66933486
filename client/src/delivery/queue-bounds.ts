import type { Declared } from "../lib/number-option.ts";

/** Bounds of the queue in the browser, which all tabs of an origin share. */
export interface QueueBounds {
  /** Events at most. When the queue is full exposures go before clicks, and these before purchases; the oldest first; counted as dropped (`queue_full`). @default 5000 */
  events: number;
  /** Bytes of events at most. @default 5000000, 5 MB */
  bytes: number;
  /** Milliseconds that an event may wait for its verdict; after that it is counted as dropped (`unknown`). What looks older to a later page, which a clock that was wrong can do, gets that time once more. @default 604800000, 7 days */
  age: number;
}

/** What holds where nothing else is asked for. */
export const QUEUE_BOUNDS: Declared<QueueBounds> = {
  events: [5_000, "events", 0, Infinity],
  bytes: [5_000_000, "bytes", 0, Infinity],
  age: [604_800_000, "ms", 0, Infinity],
};
