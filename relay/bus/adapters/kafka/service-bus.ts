/** The bus `kafka` for services: many publish side by side, each by an idempotent producer, and subscribe; no batch number is remembered. */
import type { BusPlace } from "../../port/adapter.ts";
import { type AtLeastOnceBus, PublishError, type Reader } from "../../port/bus.ts";
import type { Subscriber } from "../../port/subscriber.ts";
import { kafkaConnection } from "./connect.ts";
import { subscribeKafka } from "./consume/subscribe.ts";
import { ensureTopics } from "./create-topics.ts";
import { createIdempotentProducer } from "./idempotent/producer.ts";
import { lacking } from "./place.ts";
import { readKafka } from "./read.ts";
import type { KafkaOptions } from "./settings.ts";
import { missingRights } from "./wire/denied.ts";
import { createWire } from "./wire/wire.ts";

/** Makes the bus; nothing is connected before `open`, `publish` or `read`. Several publishes may be under way at once. */
export function createServiceBus(
  options: KafkaOptions,
  { publisher, topics: names }: Pick<BusPlace, "publisher" | "topics">,
): AtLeastOnceBus & Reader & Subscriber {
  let throttledMs = 0;
  const connection = { ...kafkaConnection(options), onThrottled: (ms: number) => void (throttledMs += ms) };
  const wire = createWire(connection);
  const producer = createIdempotentProducer(connection, options);
  return {
    name: `${publisher} (${options.brokers})`,
    delivery: "at-least-once",
    durable: true,
    orderByKey: true,
    throttledMs: () => throttledMs,
    async open(topics) {
      try {
        await ensureTopics(wire, options, { topics, names });
        await producer.connect();
      } catch (cause) {
        const denied = missingRights(cause, {});
        throw new PublishError("absent", lacking(options, denied, (cause as Error).message), { cause, denied });
      }
    },
    publish: ({ records }) => producer.publish(records),
    subscribe: (wanted, sink) =>
      subscribeKafka(
        connection,
        {
          protocol: options.groupProtocol,
          sessionTimeoutMs: options.sessionTimeoutMs,
          heartbeatIntervalMs: options.heartbeatIntervalMs,
        },
        { ...wanted, batchSize: Math.min(wanted.batchSize, options.maxPollRecords) },
        sink,
      ),
    read: (wanted) => readKafka(connection, wanted),
    async close() {
      await producer.close();
      await wire.close();
    },
  };
}
