/** Kafka and Redpanda: the cluster, its topics, their replicas, and the relay's rights. */
import type { BusPlace } from "../../port/adapter.ts";
import { type Finding, findings } from "../../port/finding.ts";
import type { Holder } from "../../port/holder.ts";
import { allTopics, checkpointsName, ENVELOPE_TYPES, topicName, type TopicNames } from "../../port/topics.ts";
import { kafkaConnection } from "./connect.ts";
import { placeId, principalOf } from "./place.ts";
import { findMissingRights, unreadableGroups } from "./rights.ts";
import type { KafkaOptions } from "./settings.ts";
import { readPlace } from "./transactional-producer.ts";
import { describeTopics, topicSetting, type TopicView } from "./wire/admin.ts";
import { createWire, type Wire } from "./wire/wire.ts";

const { ok, warn, fail } = findings("bus");

/** Asks the brokers. Rejects where they cannot be had. */
export async function checkKafka(
  options: KafkaOptions,
  { slot, topics: names }: Pick<BusPlace, "slot" | "topics">,
  groups: readonly string[] = [],
): Promise<Finding[]> {
  const connection = kafkaConnection(options);
  const wire = createWire(connection);
  try {
    const wanted = [...allTopics(names), checkpointsName(names)];
    const { brokers, topics } = await describeTopics(wire, wanted);
    const needed = { id: placeId(options, slot), checkpoints: checkpointsName(names), topics };
    return [
      ok(`${brokers} broker${brokers === 1 ? "" : "s"} at ${connection.brokers.join(", ")}`),
      presence(wanted, new Set(topics.map(({ name }) => name)), options.createTopics),
      ...partitions(topics, names),
      ...(await replicas(wire, topics, brokers)),
      rights(principalOf(options), await findMissingRights(wire, needed)),
      ...(await groupRights(wire, principalOf(options), groups)),
    ];
  } finally {
    await wire.close();
  }
}

/** Who published last in a relay's place. Rejects where the brokers cannot be had. */
export async function kafkaHolder(options: KafkaOptions, { slot, topics }: Pick<BusPlace, "slot" | "topics">): Promise<Holder> {
  const wire = createWire(kafkaConnection(options));
  try {
    return await readPlace(wire, { id: placeId(options, slot), checkpoints: checkpointsName(topics) }, false);
  } finally {
    await wire.close();
  }
}

function rights(principal: string, missing: string[]): Finding {
  if (missing.length === 0) return ok(`${principal} may do what the relay and the commands do`);
  return fail(`${principal} lacks ${missing.join(", ")}`, 'give it these rights; docs/kafka.md, "Rights", has all of them');
}

async function groupRights(wire: Wire, principal: string, groups: readonly string[]): Promise<Finding[]> {
  if (groups.length === 0) return [];
  const missing = await unreadableGroups(wire, groups);
  if (missing.length === 0) return [ok(`${principal} may subscribe as ${groups.join(", ")}`)];
  const lacks = missing.map((group) => `READ on group ${group}`).join(", ");
  return [warn(`${principal} lacks ${lacks}`, "give it these rights, unless stores and services log in as another")];
}

function presence(topics: string[], there: ReadonlySet<string>, creates: boolean): Finding {
  const missing = topics.filter((topic) => !there.has(topic));
  if (missing.length === 0) return ok(`all ${topics.length} topics are there`);
  const found = `${missing.length} of ${topics.length} topics are missing: ${missing.join(", ")}`;
  if (creates) return ok(`${found}; the relay creates them at its start`);
  return fail(found, "create them, sightline.checkpoints with one partition, or set KAFKA_CREATE_TOPICS=true");
}

/** Events have one key in all topics, so that an exposure and its outcomes have one partition number: where the numbers of partitions are the same. */
function partitions(topics: readonly TopicView[], names: TopicNames): Finding[] {
  const wanted = new Set(ENVELOPE_TYPES.map((type) => topicName(names, type)));
  const events = topics.filter(({ name }) => wanted.has(name));
  const byCount = Map.groupBy(events, ({ replicas: { length } }) => length);
  const [[count, { length }] = [0, []], ...others] = byCount;
  if (length < 2 && others.length === 0) return [];
  if (others.length === 0)
    return [ok(`the ${length} event topics that are there have ${count} partition${count === 1 ? "" : "s"} each`)];
  const found = Array.from(byCount, ([n, some]) => `${n}: ${some.map(({ name }) => name).join(", ")}`).join("; ");
  const most = Math.max(...byCount.keys());
  return [
    warn(
      `event topics differ in their partitions (${found}), so that an exposure and its outcomes are not in partitions of one number`,
      `raise them to ${most} with kafka-topics.sh --alter --partitions ${most}: from then on keys go to other partitions than before; KAFKA_TOPIC_PARTITIONS is for new topics`,
    ),
  ];
}

/** With one replica a disk that dies takes what it held along; with min.insync.replicas 1 `acks=all` may mean one disk. */
async function replicas(wire: Wire, topics: TopicView[], brokers: number): Promise<Finding[]> {
  if (topics.length === 0) return [];
  const least = Math.min(...topics.flatMap((topic) => topic.replicas));
  if (brokers < 2) return [ok(`${least} replica: as many as one broker can keep`)];
  const single = topics.filter((topic) => topic.replicas.some((count) => count < 2)).map(({ name }) => name);
  if (single.length > 0) {
    const advice = "give these topics more replicas, and set KAFKA_TOPIC_REPLICATION_FACTOR for new ones";
    return [warn(`one replica only: ${single.join(", ")}`, advice)];
  }
  const minimum = await topicSetting(
    wire,
    topics.map(({ name }) => name),
    "min.insync.replicas",
  );
  const weak = [...minimum].filter(([, value]) => value === "1").map(([name]) => name);
  if (weak.length === 0) return [ok(`at least ${least} replicas, and more than one of them confirms a write`)];
  return [warn(`min.insync.replicas is 1: ${weak.join(", ")}`, "set it to 2: now a write may be confirmed by a single disk")];
}
