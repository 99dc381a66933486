import type { Json } from "./json.ts";

/** Response to a single event (202): taken, or left out by design, since the backlog is long or the key has a sample set. */
export interface SingleAnswer {
  event_id: string;
  status: "accepted" | "shed" | "sampled_out";
}

/** Verdict on one event of a batch that was not taken. */
export interface EventError {
  /** Place of the event in the batch as it was sent, from 0. */
  index: number;
  /** Its id, where it had a readable one. */
  event_id?: string;
  /** A code of the collector's closed table, for example `missing_timestamp`. */
  error: string;
  /** Where in the event, dotted, for example `items.0.position`. */
  path?: string;
  /** What was expected. */
  message: string;
  /** True: send the event again, unchanged. False: it can never be taken. */
  retryable: boolean;
}

/** Response to a batch: 202 all taken, 207 some refused, 400 all refused for good, 503 all to be sent again. */
export interface BatchAnswer {
  /** Events taken: they are in the queue. */
  accepted: number;
  /** Events in `errors`: refused, left out by design (`shed`, `sampled_out`), or to be sent again (`retryable`). */
  rejected: number;
  /** Copies of an event that the same batch carries: they are one event. */
  duplicates: number;
  /** Where events came without an `event_id`: the ids that the collector made for them, by their places; null for all others. */
  event_ids?: (string | null)[];
  errors: EventError[];
}

/** The error contract: every other response. */
export interface ErrorAnswer {
  error: {
    /** A code of the collector's closed table. */
    code: string;
    /** What was expected. */
    message: string;
    /** Particulars, for example the limits behind a 413. */
    details: { [key: string]: Json };
  };
}
