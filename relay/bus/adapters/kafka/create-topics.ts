/** Topics that the relay creates. */
import type { Admin } from "kafkajs";
import type { KafkaOptions } from "./settings.ts";

/**
 * Creates the topics that are missing; `checkpoints` has one partition. Rejects where it may not and that one is missing: what has
 * no topic can be refused record by record, but without receipts nothing can be published at all.
 */
export async function createTopics(admin: Admin, options: KafkaOptions, topics: string[], checkpoints: string): Promise<void> {
  const there = new Set(await admin.listTopics());
  const missing = [...topics, checkpoints].filter((topic) => !there.has(topic));
  if (!options.createTopics && !there.has(checkpoints)) {
    throw new Error(`expected the topic ${checkpoints}, with one partition, since KAFKA_CREATE_TOPICS is false`);
  }
  if (!options.createTopics || missing.length === 0) return;
  const { minInsyncReplicas: minimum } = options;
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({
      topic,
      numPartitions: topic === checkpoints ? 1 : options.partitions,
      replicationFactor: options.replicationFactor,
      ...(minimum === undefined ? {} : { configEntries: [{ name: "min.insync.replicas", value: String(minimum) }] }),
    })),
  });
}
