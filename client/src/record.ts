/** One event as the queue keeps it: frozen into text when it was made, so that no retry and no later change of an object alters it. */
export interface EventRecord {
  /** `<tab>.<number>`: who answers for it, and a number in base 36 of fixed width that orders the tab's events. A nanoid holds no dot. */
  key: string;
  /** The head of the batch that it belongs to, as JSON without braces: `sdk`, `session_id` and `common` as they were when it was made. */
  head: string;
  /** The event as JSON, without what `common` gives. */
  body: string;
  /** Bytes of the body in UTF-8. */
  size: number;
  /** When it was made, in milliseconds, by the clock of that moment. */
  at: number;
  /** What it is worth when the queue is full: the least goes first. */
  rank: number;
}

/** Characters of a nanoid and the dot. */
const PREFIX = 22;

/** The key of a tab's event with this number. */
export const writeKey = (prefix: string, number: number): string => prefix + number.toString(36).padStart(6, "0");

/** The key of the event after that of this key. */
export const nextKey = (key: string): string => writeKey(key.slice(0, PREFIX), parseInt(key.slice(PREFIX), 36) + 1);
