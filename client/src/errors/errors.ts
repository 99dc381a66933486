/** What can go wrong in the page, by code: the closed table. The codes of the collector's verdicts stand beside these. */
export type TrackerErrorCode =
  /** A call that the SDK could not carry out, for example for a value that JSON cannot carry. */
  | "wrong_call"
  /** The same request id was used on a second surface; that request records nothing. */
  | "surface_conflict"
  /** `adopt` came after the first event, or with an id that is none. The request keeps its own. */
  | "adopt_refused"
  /** A server wrote the request over 5 minutes before the page was loaded, as for a cache, which many users share: it has a new id. */
  | "stale_request"
  /** An observed element has been in view for 10 seconds without area, text, picture or label: it is not exposed. Told once a page. */
  | "nothing_to_see"
  /** An event was given up by the SDK; the message has the cause. */
  | "dropped"
  /** The collector refused an event, or a whole request, for good; the message has its code. */
  | "rejected"
  /** Something other than the collector responded, or nothing does: events are kept, and sent again. Told once until the collector responds. */
  | "endpoint_blocked"
  /** The collector responds that it cannot take events now, again and again or for longer than some seconds: they are kept, and sent again. Told once until it takes some. */
  | "delayed"
  /** IndexedDB is not to be had: events are kept in memory, and tried there again later. */
  | "storage_blocked";

/** An error as `onError` gets it. */
export interface TrackerError extends Error {
  code: TrackerErrorCode;
  /** Of `rejected` the collector's code, of `dropped` the cause; of others what was thrown, where something was. */
  cause?: unknown;
}

/** Makes the error for a code; `message` says what was expected, and never what an event holds. */
export function trackerError(code: TrackerErrorCode, message: string, cause?: unknown): TrackerError {
  return Object.assign(new Error(`[sightline] ${message}`, { cause }), { code });
}

/** Reports an error to the page, without ever throwing into it. */
export type Report = (code: TrackerErrorCode, message: string, cause?: unknown) => void;
