/** Everybody's own subscription: all that comes from now on, of which Redis remembers nothing. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sink, SubscribeOptions, Subscription } from "../../port/subscriber.ts";
import { createOutage } from "../../consume/outage.ts";
import { connectRedis } from "../redis/connection.ts";
import { lastIdOf, nextOf } from "./read.ts";
import type { RedisStreamsOptions } from "./settings.ts";
import { type Stream, streamsOf } from "./stream.ts";

/** Between two tries while Redis cannot be had, milliseconds. */
export const AGAIN_MS = 250;

/** Waits; less when the signal is aborted. */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});

/** Hands over all that comes from now on; an outage is waited out, and what came meanwhile is read after it. */
export async function listenToStreams(options: RedisStreamsOptions, wanted: SubscribeOptions, sink: Sink): Promise<Subscription> {
  const { topics, consumer, batchSize, blockMs, pollTimeoutMs, drainMs } = wanted;
  const streams = streamsOf(topics, options.partitions);
  const outage = createOutage(sink);
  const ending = new AbortController();
  const { signal } = ending;
  const at = new Map<Stream, string>();
  let redis = await connectRedis({ ...options, name: consumer, commandTimeoutMs: pollTimeoutMs });
  for (const stream of streams) at.set(stream, await lastIdOf(redis, stream.key));

  const fetch = async (): Promise<void> => {
    if (redis.status !== "ready") redis = await connectRedis({ ...options, name: consumer, commandTimeoutMs: pollTimeoutMs });
    const records = await nextOf(redis, at, batchSize, blockMs);
    const deliveries = records.map((record) => ({
      record,
      lane: `${record.topic}/${record.partition}`,
      attempt: 1,
      ack: () => {},
    }));
    for (let i = 0; i === 0 || i < deliveries.length; i += batchSize) await sink.take(deliveries.slice(i, i + batchSize));
  };
  const fetching = (async () => {
    while (!signal.aborted) {
      if ((await outage.trying(fetch)) || signal.aborted) continue;
      redis.disconnect();
      await pause(AGAIN_MS, signal);
    }
  })();

  const lanes = () => streams.map(({ topic, partition }) => `${topic}/${partition}`);
  return {
    lanes,
    lag: async () => undefined,
    async close() {
      ending.abort();
      redis.disconnect();
      await Promise.race([sink.drain(lanes()), sleep(drainMs, undefined, { ref: false })]);
      await fetching;
    },
  };
}
