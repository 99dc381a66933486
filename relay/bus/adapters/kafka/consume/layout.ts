/** Topics, their partitions, and who leads them, as far as that is known: a partition without a leader is no error here. */
import { createHash } from "node:crypto";
import type { Broker } from "@platformatic/kafka";
import type { Place } from "./offsets.ts";
import { errorName, whole } from "../wire/errors.ts";
import type { Wire } from "../wire/wire.ts";

/** A topic. */
export interface TopicLayout {
  name: string;
  /** Its id, by which groups of KIP-848 know it. */
  id: string;
  /** What its offsets count in: another for each topic that was ever made, as far as brokers before 2.8 can tell. */
  origin: string;
  /** The leaders of its partitions, by number. */
  leaders: (Broker | undefined)[];
}

/** Partitions by the broker that leads them; those that nobody leads now are left out. */
export function byLeader<P extends Place>(
  layout: (topic: string) => TopicLayout | undefined,
  places: readonly P[],
): (readonly [Broker, P[]])[] {
  const led = Map.groupBy(places, ({ topic, partition }) => layout(topic)?.leaders[partition]);
  return [...led].flatMap(([broker, own]) => (broker === undefined ? [] : [[broker, own] as const]));
}

/** What of a topic is no error: it is not there yet, or its leader is being found. */
const MAY_BE: ReadonlySet<string> = new Set(["UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE"]);

/** Those of the topics that there are. Rejects where the brokers cannot be had, or a topic may not be read. */
export async function findLayout(wire: Wire, topics: string[]): Promise<Map<string, TopicLayout>> {
  const answer = await whole(wire.ask("metadata", undefined, topics, false));
  const brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
  const found = new Map<string, TopicLayout>();
  for (const { errorCode, name, topicId, partitions } of answer.topics) {
    if (errorCode !== 0) {
      if (MAY_BE.has(errorName(errorCode))) continue;
      throw new Error(`${name}: ${errorName(errorCode)}`);
    }
    const leaders: TopicLayout["leaders"] = [];
    for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = brokers.get(leaderId);
    // Without ids of topics, which are all zeros then, it is the cluster alone.
    const made = /[1-9a-f]/.test(topicId) ? topicId : answer.clusterId;
    const origin = createHash("sha256").update(String(made)).digest("hex").slice(0, 10);
    found.set(name!, { name: name!, id: topicId, origin, leaders });
  }
  return found;
}
