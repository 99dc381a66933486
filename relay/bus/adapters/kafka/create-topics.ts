/** Topics that are created where they are missing. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Admin } from "kafkajs";
import { retentionMs } from "../../port/topic-rules.ts";
import type { TopicNames } from "../../port/topics.ts";
import type { KafkaOptions } from "./settings.ts";
import { startDeadline } from "./within.ts";

/** How long a topic that was just created may have no leader that is known, milliseconds. */
const LED_MS = 10_000;
const LOOK_MS = 50;

interface Wanted {
  topics: readonly string[];
  /** One that has a single partition, and without which nothing can be done. */
  checkpoints?: string;
  names: TopicNames;
}

/**
 * Creates the topics that are missing. Rejects where it may not and `checkpoints` is missing: what has no topic can be refused record by
 * record, but without receipts nothing can be published at all.
 */
export async function createTopics(admin: Admin, options: KafkaOptions, { topics, checkpoints, names }: Wanted): Promise<void> {
  const there = new Set(await admin.listTopics());
  const wanted = checkpoints === undefined ? topics : [...topics, checkpoints];
  const missing = wanted.filter((topic) => !there.has(topic));
  if (!options.createTopics && checkpoints !== undefined && !there.has(checkpoints)) {
    throw new Error(`expected the topic ${checkpoints}, with one partition, since KAFKA_CREATE_TOPICS is false`);
  }
  if (!options.createTopics || missing.length === 0) return;
  const { minInsyncReplicas: minimum } = options;
  await admin.createTopics({
    // Waited for below: kafkajs throws where the broker that it asks has not heard of the topic yet.
    waitForLeaders: false,
    topics: missing.map((topic) => {
      const retention = retentionMs(names, topic);
      return {
        topic,
        numPartitions: topic === checkpoints ? 1 : options.partitions,
        replicationFactor: options.replicationFactor,
        configEntries: [
          ...(minimum === undefined ? [] : [{ name: "min.insync.replicas", value: String(minimum) }]),
          ...(retention === undefined ? [] : [{ name: "retention.ms", value: String(retention) }]),
        ],
      };
    }),
  });
  await untilLed(admin, missing);
}

/** A topic without leaders is no error here: whoever publishes to it tries again. */
async function untilLed(admin: Admin, topics: string[]): Promise<void> {
  const left = startDeadline(LED_MS);
  while (left() > 0) {
    const found = await admin.fetchTopicMetadata({ topics }).catch(() => undefined);
    if (found?.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    await sleep(LOOK_MS);
  }
}
