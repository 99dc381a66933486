/** The bus `kafka` for services: many publish side by side, each by an idempotent producer, and subscribe; no batch number is remembered. */
import type { BusPlace } from "../../port/adapter.ts";
import type { AtLeastOnceBus, Reader } from "../../port/bus.ts";
import type { Subscriber } from "../../port/subscriber.ts";
import { registerCodecs } from "./codecs.ts";
import { kafkaConnection } from "./connect.ts";
import { subscribeKafka } from "./consume/subscribe.ts";
import { createTopics } from "./create-topics.ts";
import { createIdempotentProducer } from "./idempotent/producer.ts";
import { kafkaOf } from "./kafka.ts";
import { readKafka } from "./read.ts";
import type { KafkaOptions } from "./settings.ts";

/** Makes the bus; nothing is connected before `open`, `publish` or `read`. Several publishes may be under way at once. */
export function createServiceBus(
  options: KafkaOptions,
  { publisher, topics: names }: Pick<BusPlace, "publisher" | "topics">,
): AtLeastOnceBus & Reader & Subscriber {
  const connection = kafkaConnection(options);
  registerCodecs();
  const kafka = kafkaOf(connection);
  const producer = createIdempotentProducer(connection, options);
  return {
    name: `${publisher} (${options.brokers})`,
    delivery: "at-least-once",
    durable: true,
    orderByKey: true,
    async open(topics) {
      const admin = kafka.admin({ retry: { retries: 2 } });
      try {
        await admin.connect();
        await createTopics(admin, options, { topics, names });
      } finally {
        await admin.disconnect();
      }
      await producer.connect();
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
    read: (wanted) => readKafka(kafka, options.clientId, wanted),
    close: () => producer.close(),
  };
}
