/**
 * Advisory locks, all of which end with their transaction. A key's lock is that of a hash, so that two keys may share one: they then wait
 * for each other, and nothing else.
 */

/** Held from an event's queueing until its transaction ends: events of a key are numbered in the order in which they are committed. */
export const QUEUE_LOCK = 1_397_311_553;
/** Held by the worker that publishes a key. Not the same, or a worker would wait for services and they for it. */
export const PUBLISH_LOCK = 1_397_311_554;

/** What is hashed for a key of a stream. */
export function lockName(stream: string, partitionKey: string): string {
  return `${stream}\u001F${partitionKey}`;
}
