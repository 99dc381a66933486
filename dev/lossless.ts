import type { V4QueueConsumerOptions, V4WorkerOptionsShape } from "miniflare";

/**
 * The emulator silently drops what enters a queue that nobody consumes. So here what would be parked goes back to the queue that it
 * came from: no outage of the relay is long enough to lose a message. The producers that this adds serve `backlog` alone.
 */
export function lossless(
  producers: Exclude<V4WorkerOptionsShape["queueProducers"], string[] | undefined>,
  consumers: Record<string, V4QueueConsumerOptions>,
  { maxBatchTimeout, maxRetries }: { maxBatchTimeout: number | undefined; maxRetries: number | undefined },
) {
  const queueProducers = Object.fromEntries(
    Object.entries(producers).map(([binding, to]) => [binding, typeof to === "string" ? { queueName: to } : to]),
  );
  const queueConsumers: Record<string, V4QueueConsumerOptions> = {};
  for (const [name, own] of Object.entries(consumers)) {
    const [from] = Object.entries(consumers).find(([, { deadLetterQueue }]) => deadLetterQueue === name) ?? [];
    const isConsumed = own.deadLetterQueue !== undefined && Object.hasOwn(consumers, own.deadLetterQueue);
    const deadLetterQueue = isConsumed ? own.deadLetterQueue : from;
    if (deadLetterQueue === undefined) throw new Error(`expected a consumed dead-letter queue for ${name}`);
    const given = { ...(maxBatchTimeout !== undefined && { maxBatchTimeout }), ...(maxRetries !== undefined && { maxRetries }) };
    queueConsumers[name] = { ...own, ...given, deadLetterQueue };
    if (from !== undefined) queueProducers[name] = { queueName: name };
  }
  return { queueProducers, queueConsumers };
}
