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

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long records are kept of topics that are called `{category}.{name}`. */
const RETENTION: Readonly<Record<string, number>> = {
  transport: 7 * DAY_MS,
  realtime: 4 * HOUR_MS,
  system: 30 * DAY_MS,
  saga: 7 * DAY_MS,
  eventstore: 3_650 * DAY_MS,
};

/** How long a topic that is created keeps its records, milliseconds, by its category; undefined: as the bus itself says. */
export function retentionMs({ prefix }: Pick<TopicNames, "prefix">, topic: string): number | undefined {
  const name = topic.startsWith(prefix) ? topic.slice(prefix.length) : topic;
  const [category, ...more] = name.split(".");
  return more.length > 0 ? RETENTION[category!] : undefined;
}

/** Every topic that the relay publishes to. */
export function allTopics(names: TopicNames): string[] {
  const topics = ENVELOPE_TYPES.map((type) => topicName(names, type));
  return [...topics, ...topics.map((topic) => dlqName(names, topic))];
}
