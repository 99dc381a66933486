/** One event as the queue keeps it: frozen into text when it was made, so that no retry and no later change of an object alters it. */
export interface EventRecord {
  /** Orders the queue by time and says whose event it is: see {@link recordKey}. */
  key: string;
  /** The event as JSON, without what `common` gives. */
  body: string;
  /** The batch's `common` as JSON, as it was when the event was made. */
  common: string;
}

/**
 * `<milliseconds>.<session>.<seq>`, both numbers in base 36 of fixed width: keys sort by time, and within one millisecond and session
 * by seq. A nanoid holds no dot.
 */
export function recordKey(at: number, session: string, seq: number): string {
  return [at.toString(36).padStart(9, "0"), session, seq.toString(36).padStart(6, "0")].join(".");
}

/** When the event of this key was made, by the clock of that moment. */
export const keyTime = (key: string): number => parseInt(key.slice(0, 9), 36);

/** The session that made the event of this key. */
export const keySession = (key: string): string => key.split(".")[1] ?? "";
