/** Where a scenario takes place: a bus with topics of its own, and how to read it afterwards. */
import { randomUUID } from "node:crypto";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import { allTopics } from "../../../relay/bus/port/topics.ts";
import { readKafkaTopics } from "./read-kafka.ts";

/** A record as a consumer has it. */
export interface Seen {
  /** Without prefix. */
  topic: string;
  key: string;
  /** The event's id; empty where the record has none. */
  id: string;
  value: string;
}

/** A bus of one scenario. */
export interface Ground {
  name: "local" | "kafka";
  /** What a relay must be told of it. */
  env: NodeJS.ProcessEnv;
  /** Prefix of its topics. */
  prefix: string;
  /** Everything on it, in the order of each topic and key. */
  read(dataDir: string): Promise<Seen[]>;
}

/** The bus `local`. */
export function localGround(): Ground {
  return {
    name: "local",
    env: { EVENT_PUBLISHER: "local" },
    prefix: "",
    async read(dataDir) {
      const bus = createLocalBus({ dataDir, dlqSuffix: ".dlq" });
      const topics = allTopics({ prefix: "", dlqSuffix: ".dlq" });
      const records = await Array.fromAsync(bus.read({ topics }));
      await bus.close();
      return records.map(({ topic, key, headers, value }) => ({
        topic,
        key,
        id: headers["event_id"] ?? "",
        value: String(value),
      }));
    },
  };
}

/** Topics of their own on a broker. */
export function kafkaGround(brokers: string): Ground {
  const prefix = `f${randomUUID().slice(0, 8)}.`;
  return {
    name: "kafka",
    env: { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_CLIENT_ID: prefix },
    prefix,
    read: () => readKafkaTopics(brokers, prefix),
  };
}
