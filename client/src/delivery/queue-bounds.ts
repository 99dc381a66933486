/** Bounds of the queue in the browser, which all tabs of an origin share. */
export interface QueueBounds {
  /** Events at most. When the queue is full exposures go before clicks, and these before purchases; the oldest first; counted as dropped (`queue_full`). @default 5000 */
  events: number;
  /** Bytes of events at most. @default 5000000, 5 MB */
  bytes: number;
  /** Milliseconds that an event may wait for its verdict; after that it is counted as dropped (`unknown`). What looks older to a later page, which a clock that was wrong can do, gets that time once more. @default 604800000, 7 days */
  age: number;
}
