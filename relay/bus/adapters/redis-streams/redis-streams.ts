/**
 * The bus `redis-streams`: a stream a topic, or several. A batch is there whole or not at all, and its number with it (append.ts), so that a
 * relay's events are on it once. docs/redis.md
 */
import { failPoint } from "../../../lib/fail-point.ts";
import type { BusPlace } from "../../port/adapter.ts";
import { type AtLeastOnceBus, PublishError, type Reader, type TransactionalBus } from "../../port/bus.ts";
import { createPlaceWatch, type Holder, writeNote } from "../../port/holder.ts";
import { settledBy } from "../../port/settled-by.ts";
import type { Subscriber } from "../../port/subscriber.ts";
import { refuseLarge } from "../../records/refuse-large.ts";
import { addressOf, createConnection, isReply } from "../redis/connection.ts";
import { appendRecords, isNoStream, takePlace } from "./append.ts";
import { readStreams } from "./read.ts";
import type { RedisStreamsOptions } from "./settings.ts";
import { streamFor } from "./stream.ts";
import { subscribeStreams } from "./subscribe.ts";

/** The bus of a relay, or of services that publish side by side. */
export type RedisStreamsBus = (TransactionalBus | AtLeastOnceBus) & Reader & Subscriber;

/** Makes the bus; nothing is connected before `open`, `read` or `subscribe`. */
export function createRedisStreamsBus(
  options: RedisStreamsOptions,
  { dataDir, slot, topics }: Pick<BusPlace, "dataDir" | "slot" | "topics">,
): RedisStreamsBus {
  const connection = createConnection(options);
  const place = placeOf({ slot, topics });
  const watch = createPlaceWatch();
  let epoch = "";
  const take = async (): Promise<Holder> => {
    watch.isHeld();
    const taken = await takePlace(await connection.get(), place);
    const last = watch.found(taken.last);
    epoch = taken.epoch;
    return last;
  };

  const common = {
    name: `redis-streams (${addressOf(options.url)})`,
    durable: true,
    orderByKey: true,
    async publish(batch: Parameters<TransactionalBus["publish"]>[0]) {
      const { number, receipt, records } = batch;
      refuseLarge(records, options.maxRecordBytes);
      const redis = await connection.get().catch((cause: Error) => {
        throw new PublishError("absent", cause.message, { cause });
      });
      failPoint("before_produce");
      try {
        watch.given(batch);
        await appendRecords(redis, records, number, { place, epoch, note: writeNote(receipt, dataDir) }, options);
      } catch (error) {
        const cause = error as Error;
        // What has failed over to another server is found by the next connection.
        connection.drop();
        const atFault = records.find((record) => isNoStream(cause, streamFor(record, options.partitions)));
        const which = atFault && [atFault.topic];
        throw new PublishError(isReply(cause) ? "absent" : "unknown", cause.message, { cause, topics: which });
      }
      watch.confirmed();
      failPoint("after_produce");
    },
    read: (wanted: Parameters<Reader["read"]>[0]) => readStreams(options, wanted),
    subscribe: (...wanted: Parameters<Subscriber["subscribe"]>) => subscribeStreams(options, topics.prefix, ...wanted),
    async close() {
      connection.drop();
    },
  };
  if (slot === undefined) {
    const open = async () => void (await (await connection.get()).ping());
    return { ...common, delivery: "at-least-once", open };
  }
  return {
    ...common,
    delivery: "transactional",
    open: async () => ({ lastBatch: (await take()).batch }),
    settle: async (batch) => settledBy(await take(), batch),
  };
}

/** The key of a relay's place. */
export function placeOf({ slot, topics }: Pick<BusPlace, "slot" | "topics">): string {
  return `${topics.prefix}sightline.relay.${slot ?? ""}`;
}
