/** Claims of tabs on the events in the database that all of an origin share: a tab that has gone keeps its events from nobody for long. */

/**
 * A tab's claim, in milliseconds: what it has is sent by no other tab. It outlives nearly every request, and is renewed before one; a tab that was
 * killed holds its events up for no longer. Where it ends too early there is a copy, which dedup takes out.
 */
export const CLAIM_MS = 10_000;

/**
 * For how long what a page has posted as it went waits for its verdict, in milliseconds: a page that comes back from the back/forward cache
 * hears it, and that is within minutes where it is at all. After that the next page sends it again.
 */
export const POSTED_MS = 300_000;

/**
 * The claims as they are stored: one record of all, in milliseconds since 1970. By tab until when its events are its own, and by the key of a
 * spill until when it is taken care of.
 */
export type Claims = Record<string, number>;

/** The key of what tells the database from the one that stood in its place before; undefined in one that is new. No tab is named so. */
export const BORN = "";

/** Whether a moment is to come; one that lies further ahead than any claim can is that of a clock that was wrong. */
export const isAhead = (until: number, now: number): boolean => until > now && until <= now + POSTED_MS;
