import { allTopics } from "../../../relay/bus/port/topics.ts";
import { kafkaServiceBus } from "../../services/bus-of.ts";
import { type AnyEnvelope, publishAll } from "./fill-sources.ts";

/** Publishes envelopes to topics under a prefix of their own; resolves with the environment in which they are found. */
export async function fillKafka(brokers: string, prefix: string, envelopes: readonly AnyEnvelope[]) {
  const env = { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix };
  const bus = kafkaServiceBus(env);
  try {
    await bus.open(allTopics({ prefix, dlqSuffix: ".dlq" }));
    await publishAll(bus, envelopes, prefix);
  } finally {
    await bus.close();
  }
  return env;
}
