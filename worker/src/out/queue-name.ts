/**
 * What a queue's name says. `sightline-events` is shard 0, `sightline-events-1` the next; `-dlq` at the end is its dead-letter queue.
 * What that one gives up is parked in `sightline-parked`, or `sightline-parked-1`, which nobody consumes unless a human says so.
 */

/** Number of the shard that a queue belongs to; 0 where the name says none, as for refused events. */
export function shardOf(queue: string): number {
  return Number(/-(\d{1,4})(?:-dlq)?$/.exec(queue)?.[1] ?? 0);
}

/** True where every message of the queue has used up its retries in another one. */
export function isDeadLetterQueue(queue: string): boolean {
  return /(?:-dlq|-parked(?:-\d{1,4})?)$/.test(queue);
}
