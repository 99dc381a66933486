/** Names of topics. */
import type { EnvelopeType } from "@sightline/worker/envelope";

/** What a topic's name depends on. */
export interface TopicNames {
  /** Put before every topic's name. */
  prefix: string;
  /** Put after a topic's name for its dead letters. */
  dlqSuffix: string;
}

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
export function topicName({ prefix }: Pick<TopicNames, "prefix">, type: EnvelopeType): string {
  return prefix + type;
}

/** The topic of the dead letters of a topic. */
export function dlqName({ dlqSuffix }: Pick<TopicNames, "dlqSuffix">, topic: string): string {
  return topic + dlqSuffix;
}

/** The topic that gives batch numbers a name on Kafka; nothing is ever written to it. */
export function checkpointsName({ prefix }: Pick<TopicNames, "prefix">): string {
  return `${prefix}sightline.checkpoints`;
}

/** Every topic that the relay publishes to. */
export function allTopics(names: TopicNames): string[] {
  const topics = ENVELOPE_TYPES.map((type) => topicName(names, type));
  return [...topics, ...topics.map((topic) => dlqName(names, topic))];
}
