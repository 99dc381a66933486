/** Listens to channels: everybody gets everything from now on, and nothing of what is published while the connection is gone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { ConfigError } from "../../../lib/settings.ts";
import type { Delivery, Sink, SubscribeOptions, Subscription } from "../../port/subscriber.ts";
import { createInbox } from "../../consume/inbox.ts";
import type { TopicNames } from "../../port/topics.ts";
import { fromValue } from "../../records/from-value.ts";
import { connectRedis } from "./connection.ts";
import type { RedisOptions } from "./settings.ts";

/** Messages that wait for the sink, at most; then the socket is not read, and Redis ends the connection once it holds 8 MB for a minute. */
const MOST_WAITING = 1_000;
/** Milliseconds after the first failed try to connect again, doubled after each further one. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Subscribes. Rejects with a ConfigError where more is wanted than pub/sub can do, and where the server cannot be had. */
export async function subscribeRedis(
  options: RedisOptions,
  names: TopicNames,
  { topics, group, consumer, from, batchSize, blockMs, drainMs }: SubscribeOptions,
  sink: Sink,
): Promise<Subscription> {
  refuse("group", group);
  refuse("from", from === "latest" ? undefined : from);
  const ending = new AbortController();
  const { signal } = ending;
  let redis: Redis;
  let heard = 0n;
  const inbox = createInbox({
    sink,
    batchSize,
    blockMs,
    onHandedOver: () => inbox.size < MOST_WAITING && redis?.stream?.resume(),
  });

  const listen = async (): Promise<void> => {
    redis = await connectRedis({ ...options, name: consumer });
    redis.on("messageBuffer", (channel: Buffer, value: Buffer) => {
      inbox.push(toDelivery(String(channel), value, heard++, names));
      if (inbox.size >= MOST_WAITING) redis.stream.pause();
    });
    await redis.subscribe(...topics);
    redis.once("end", () => {
      if (!signal.aborted)
        void again(new Error("the connection to Redis is gone: what is published now is lost to this subscriber"));
    });
  };
  const again = async (lost: Error): Promise<void> => {
    sink.fault(lost);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await sleep(pauseMs, undefined, { signal });
        await listen();
        return signal.aborted ? redis.disconnect() : sink.fault(undefined);
      } catch {
        if (signal.aborted) return;
      }
    }
  };

  try {
    await listen();
  } catch (error) {
    await inbox.close();
    throw error;
  }
  return {
    lanes: () => [...topics],
    lag: async () => undefined,
    async close() {
      ending.abort();
      redis.disconnect();
      inbox.clear();
      const drained = Promise.all([sink.drain(topics), inbox.close()]);
      await Promise.race([drained, sleep(drainMs, undefined, { ref: false })]);
    },
  };
}

function toDelivery(topic: string, value: Buffer, offset: bigint, names: TopicNames): Delivery {
  const { key = "", headers = {} } = fromValue(value, names) ?? {};
  const publishedAt = new Date().toISOString();
  return { record: { topic, key, value, headers, partition: 0, offset, publishedAt }, lane: topic, attempt: 1, ack: () => {} };
}

function refuse(name: string, got: string | undefined): void {
  if (got === undefined) return;
  const why =
    "Redis pub/sub keeps nothing, and everybody gets everything from now on. EVENT_PUBLISHER=redis-streams has groups and a beginning";
  throw new ConfigError(
    [`${name}: expected none with EVENT_PUBLISHER=redis, got ${JSON.stringify(got)}: ${why}`],
    "wrong subscription",
  );
}
