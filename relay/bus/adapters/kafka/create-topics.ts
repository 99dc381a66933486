/** Topics that the relay makes. */
import type { Admin } from "kafkajs";
import type { KafkaSettings } from "./connect.ts";

/**
 * Makes the topics that are missing; `checkpoints` has one partition. Rejects where they may not be made and that one is missing: what has
 * no topic can be refused record by record, but without receipts nothing can be published at all.
 */
export async function makeTopics(admin: Admin, config: KafkaSettings, topics: string[], checkpoints: string): Promise<void> {
  const there = new Set(await admin.listTopics());
  const missing = [...topics, checkpoints].filter((topic) => !there.has(topic));
  if (!config.KAFKA_CREATE_TOPICS && !there.has(checkpoints)) {
    throw new Error(`the topic ${checkpoints} was expected, with one partition, since KAFKA_CREATE_TOPICS is false`);
  }
  if (!config.KAFKA_CREATE_TOPICS || missing.length === 0) return;
  const minimum = config.KAFKA_TOPIC_MIN_INSYNC_REPLICAS;
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({
      topic,
      numPartitions: topic === checkpoints ? 1 : config.KAFKA_TOPIC_PARTITIONS,
      replicationFactor: config.KAFKA_TOPIC_REPLICATION_FACTOR,
      ...(minimum === undefined ? {} : { configEntries: [{ name: "min.insync.replicas", value: String(minimum) }] }),
    })),
  });
}
