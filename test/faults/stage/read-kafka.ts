/** A consumer that knows nothing of Sightline but its topics: read_committed, from the beginning to the end. */
import { randomUUID } from "node:crypto";
import { Kafka, logLevel } from "kafkajs";
import type { Seen } from "./ground.ts";

/** Begins the keys of the records that end each partition, which every reading writes again. */
const END = "the end of this partition, ";

/**
 * Everything on the topics with that prefix. A last record of this function's own ends each partition: a read_committed consumer sees
 * it only when no transaction before it is open, so one that was left hanging makes this reject, and nothing after it is overlooked.
 */
export async function readKafkaTopics(brokers: string, prefix: string): Promise<Seen[]> {
  const kafka = new Kafka({ clientId: "faults", brokers: brokers.split(","), logLevel: logLevel.NOTHING });
  const end = END + randomUUID();
  const topics = await endTopics(kafka, prefix, end);
  const left = new Set([...topics].flatMap(([topic, count]) => Array.from({ length: count }, (_, at) => `${topic}/${at}`)));
  const seen: Seen[] = [];
  const consumer = kafka.consumer({ groupId: `faults-${randomUUID()}`, readUncommitted: false, maxWaitTimeInMs: 100 });
  const done = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error));
  const late = setTimeout(() => done.reject(new Error(`no end of ${[...left].join(", ")}: a transaction hangs there`)), 90_000);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics.keys()], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ topic, partition, message: { key, headers, value } }) => {
        if (String(key).startsWith(END)) {
          if (String(key) === end) left.delete(`${topic}/${partition}`);
          if (left.size === 0) done.resolve();
          return;
        }
        const id = String(headers?.["event_id"] ?? "");
        seen.push({ topic: topic.slice(prefix.length), key: String(key), id, value: String(value) });
      },
    });
    await done.promise;
    return seen;
  } finally {
    clearTimeout(late);
    await consumer.disconnect();
  }
}

/** Writes the last records; returns the topics with their number of partitions. */
async function endTopics(kafka: Kafka, prefix: string, end: string): Promise<Map<string, number>> {
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  try {
    const topics = (await admin.listTopics()).filter(
      (topic) => topic.startsWith(prefix) && !topic.endsWith("sightline.checkpoints"),
    );
    const found = await admin.fetchTopicMetadata({ topics });
    for (const { name: topic, partitions } of found.topics) {
      const messages = partitions.map(({ partitionId }) => ({ key: end, value: "", partition: partitionId }));
      await producer.send({ topic, messages });
    }
    return new Map(found.topics.map(({ name, partitions }) => [name, partitions.length]));
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}
