/** Topics that are created where they are missing. */
import { setTimeout as sleep } from "node:timers/promises";
import { retentionMs } from "../../port/topic-rules.ts";
import type { TopicNames } from "../../port/topics.ts";
import type { KafkaOptions } from "./settings.ts";
import { createTopics, describeTopics, listTopics, type NewTopic } from "./wire/admin.ts";
import type { Wire } from "./wire/wire.ts";

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
export async function ensureTopics(wire: Wire, options: KafkaOptions, { topics, checkpoints, names }: Wanted): Promise<void> {
  const wanted = checkpoints === undefined ? topics : [...topics, checkpoints];
  if (wanted.length === 0) return;
  const there = await listTopics(wire);
  const missing = wanted.filter((topic) => !there.has(topic));
  if (!options.createTopics && checkpoints !== undefined && !there.has(checkpoints)) {
    throw new Error(`expected the topic ${checkpoints}, with one partition, since KAFKA_CREATE_TOPICS is false`);
  }
  if (!options.createTopics || missing.length === 0) return;
  const { minInsyncReplicas: minimum, replicationFactor } = options;
  const fresh = missing.map((name): NewTopic => {
    const retention = retentionMs(names, name);
    return {
      name,
      partitions: name === checkpoints ? 1 : options.partitions,
      replicationFactor,
      settings: {
        ...(minimum === undefined ? {} : { "min.insync.replicas": String(minimum) }),
        ...(retention === undefined ? {} : { "retention.ms": String(retention) }),
      },
    };
  });
  await createTopics(wire, fresh);
  await untilLed(wire, missing);
}

/** A topic without leaders is no error here: whoever publishes to it tries again. */
async function untilLed(wire: Wire, names: string[]): Promise<void> {
  const end = performance.now() + LED_MS;
  while (performance.now() < end) {
    const { topics } = await describeTopics(wire, names);
    if (topics.length === names.length && topics.every(({ isLed }) => isLed)) return;
    await sleep(LOOK_MS);
  }
}
