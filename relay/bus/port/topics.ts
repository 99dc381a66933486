/** Names of topics. */
import type { EnvelopeType } from "@sightline/worker/envelope";
import type { Config } from "../../service/settings/settings.ts";

/** What a topic's name depends on. */
export type TopicSettings = Pick<Config, "KAFKA_TOPIC_PREFIX" | "DLQ_TOPIC_SUFFIX">;

/** Every type of envelope; each has a topic of its own. */
export const ENVELOPE_TYPES = [
  "rec.decision.made.v1",
  "rec.exposure.recorded.v1",
  "rec.outcome.recorded.v1",
  "app.event.recorded.v1",
  "edge.event.rejected.v1",
  "edge.client.reported.v1",
] as const satisfies readonly EnvelopeType[];

/** The topic of a type of envelope. */
export function topicName({ KAFKA_TOPIC_PREFIX }: TopicSettings, type: EnvelopeType): string {
  return KAFKA_TOPIC_PREFIX + type;
}

/** The topic of the dead letters of a topic. */
export function dlqName({ DLQ_TOPIC_SUFFIX }: TopicSettings, topic: string): string {
  return topic + DLQ_TOPIC_SUFFIX;
}

/** The topic that gives batch numbers a name on Kafka; nothing is ever written to it. */
export function checkpointsName({ KAFKA_TOPIC_PREFIX }: Pick<TopicSettings, "KAFKA_TOPIC_PREFIX">): string {
  return `${KAFKA_TOPIC_PREFIX}sightline.checkpoints`;
}

/** Every topic that the relay publishes to. */
export function allTopics(settings: TopicSettings): string[] {
  const topics = ENVELOPE_TYPES.map((type) => topicName(settings, type));
  return [...topics, ...topics.map((topic) => dlqName(settings, topic))];
}
