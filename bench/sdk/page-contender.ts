/** One event, as every contender is to carry it. */
export interface BenchEvent {
  request_id: string;
  item_id: string;
  position: number;
  surface: string;
}

/** What the bundle of a contender gives to the page, as the global `contender`. */
export interface PageContender {
  /** Starts it against the receiver at `url`; resolves when it is ready for events. */
  start(url: string): Promise<void> | void;
  /** The call that is measured. */
  track(event: BenchEvent): void;
  /** Events that it still keeps, where it can tell. */
  queued?(): number;
}

declare global {
  var contender: PageContender;
  var events: BenchEvent[];
}
