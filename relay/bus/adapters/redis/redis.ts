/**
 * The bus `redis`: pub/sub. The channel is the topic, and the message the value's bytes and nothing else. Redis hands it to whoever listens at
 * that moment and keeps nothing, so that it is at-most-once: nobody can tell what became of a batch whose outcome is unknown, and it is not
 * published again. docs/redis.md
 */
import { failPoint } from "../../../lib/fail-point.ts";
import { type AtMostOnceBus, PublishError } from "../../port/bus.ts";
import type { Subscriber } from "../../port/subscriber.ts";
import type { TopicNames } from "../../port/topics.ts";
import { refuseLarge } from "../../records/refuse-large.ts";
import { addressOf, createConnection, isReply } from "./connection.ts";
import type { RedisOptions } from "./settings.ts";
import { subscribeRedis } from "./subscribe.ts";

const WARNING =
  "Redis pub/sub keeps nothing: an event that nobody listens for at the moment it is published is gone (at-most-once). EVENT_PUBLISHER=redis-streams keeps them";

/** Makes the bus; nothing is connected before `open` or `subscribe`. */
export function createRedisBus(options: RedisOptions, names: TopicNames): AtMostOnceBus & Subscriber {
  const connection = createConnection(options);
  const connected = () =>
    connection.get().catch((cause: Error) => {
      throw new PublishError("absent", cause.message, { cause });
    });

  return {
    name: `redis (${addressOf(options.url)})`,
    delivery: "at-most-once",
    durable: false,
    orderByKey: true,
    warning: WARNING,
    async open() {
      await (await connection.get()).ping();
    },
    async publish({ records }) {
      refuseLarge(records, options.maxRecordBytes);
      const pipeline = (await connected()).pipeline();
      for (const { topic, value } of records) pipeline.publish(topic, value);
      failPoint("before_produce");
      const replies = (await pipeline.exec()) ?? [];
      failPoint("after_produce");
      const failed = records.flatMap((record, index) => {
        const error = replies[index]?.[0];
        return error ? [{ record, error }] : [];
      });
      const [first] = failed;
      if (first === undefined) return;
      const unknown = failed.find(({ error }) => !isReply(error));
      if (unknown !== undefined) {
        connection.drop();
        throw new PublishError("unknown", unknown.error.message, { cause: unknown.error });
      }
      const missing = failed.map(({ record }) => record);
      // No right to a channel is the fault of that topic alone.
      const isRight = failed.every(({ error }) => error.message.startsWith("NOPERM"));
      const topics = isRight ? [...new Set(missing.map(({ topic }) => topic))] : undefined;
      throw new PublishError("absent", first.error.message, { cause: first.error, missing, topics });
    },
    subscribe: (wanted, sink) => subscribeRedis(options, names, wanted, sink),
    async close() {
      connection.drop();
    },
  };
}
