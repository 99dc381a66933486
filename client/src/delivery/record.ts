/** One event as the queue keeps it: frozen into text when it was made, so that no retry and no later change of an object alters it. */
export interface EventRecord {
  /** The tab that is responsible for it, and a number that orders the tab's events. */
  key: [tab: string, serial: number];
  /** The head of the batch that it belongs to, as JSON without braces: `sdk`, `session_id` and `common` as they were when it was made. */
  head: string;
  /** The event as JSON, without what `common` gives. */
  body: string;
  /** Bytes of the body in UTF-8. */
  size: number;
  /** When it was made, in milliseconds: by the clock of the moment when its page began, and from then on by one that nobody can set. */
  at: number;
  /** It looked too old to a later page, and has got its time once more, from `at` on. */
  late?: boolean;
  /** What it is worth when the queue is full: the least goes first. */
  rank: number;
}
