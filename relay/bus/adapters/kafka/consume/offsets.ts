/** Offsets: the first and the last of partitions, and those that a group has committed. */
import type { Broker } from "@platformatic/kafka";
import { coordinated } from "../wire/coordinated.ts";
import { throwFault } from "../wire/errors.ts";
import type { Wire } from "../wire/wire.ts";

/** A partition. */
export interface Place {
  topic: string;
  partition: number;
}

/** The name of a partition, as a lane. */
export function laneName({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}

/** The protocol's times that stand for an offset. */
const TIME = { earliest: -2n, latest: -1n };
const READ_COMMITTED = 1;

/** The first offset of partitions that a broker leads, or the one after the last that is committed. Rejects with a KafkaFault. */
export async function listOffsets(
  wire: Wire,
  broker: Broker,
  places: readonly Place[],
  which: "earliest" | "latest",
): Promise<Map<string, bigint>> {
  const topics = [...Map.groupBy(places, ({ topic }) => topic)].map(([name, own]) => ({
    name,
    partitions: own.map(({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: TIME[which] })),
  }));
  const answer = await wire.ask("listOffsets", broker, -1, READ_COMMITTED, topics).catch(throwFault);
  return new Map(
    answer.topics.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, offset }) => [laneName({ topic, partition }), offset] as const),
    ),
  );
}

/** What is committed of a partition. */
export interface Committed {
  /** Of the next record. */
  offset: bigint;
  /** What is kept beside it; empty where nothing is. */
  metadata: string;
}

/** What a group has committed of partitions; nothing where it has not. Rejects with a KafkaFault. */
export async function committedOffsets(wire: Wire, group: string, places: readonly Place[]): Promise<Map<string, Committed>> {
  const topics = [...Map.groupBy(places, ({ topic }) => topic)].map(([name, own]) => ({
    name,
    partitionIndexes: own.map(({ partition }) => partition),
  }));
  const ask = (broker: Broker) => wire.ask("fetchOffset", broker, [{ groupId: group, memberEpoch: -1, topics }], true);
  const { groups } = await coordinated(wire, "group", group, ask).catch(throwFault);
  return new Map(
    (groups[0]?.topics ?? []).flatMap(({ name: topic, partitions }) =>
      partitions
        .filter(({ committedOffset }) => committedOffset >= 0n)
        .map(({ partitionIndex: partition, committedOffset: offset, metadata }) => {
          return [laneName({ topic, partition }), { offset, metadata: metadata ?? "" }] as const;
        }),
    ),
  );
}

/** A member, as a coordinator knows it. */
export interface Identity {
  memberId: string;
  /** Generation or member epoch. */
  epoch: number;
}

/** Commits offsets by lane, and what is kept beside them. Rejects as the coordinator does. */
export async function commitOffsets(
  wire: Wire,
  group: string,
  { memberId, epoch }: Identity,
  offsets: ReadonlyMap<string, Committed>,
): Promise<void> {
  const places = [...offsets].map(([lane, committed]) => ({ ...placeOf(lane), ...committed }));
  const topics = [...Map.groupBy(places, ({ topic }) => topic)].map(([name, own]) => ({
    name,
    partitions: own.map(({ partition, offset, metadata }) => {
      return { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: metadata };
    }),
  }));
  await coordinated(wire, "group", group, (broker) => wire.ask("commitOffsets", broker, group, epoch, memberId, null, topics));
}

/** The partition that a lane is. */
export function placeOf(lane: string): Place {
  const slash = lane.lastIndexOf("/");
  return { topic: lane.slice(0, slash), partition: Number(lane.slice(slash + 1)) };
}
