/** Partitions of topics and the brokers that lead them, as `@platformatic/kafka` learns of them. */
import type { Broker } from "@platformatic/kafka";
import { all, KafkaFault, type PartitionBatch } from "./producer.ts";
import { throwFault, type Wire } from "./wire.ts";

/** How long a response is believed, milliseconds. */
const BELIEVED_MS = 300_000;

interface Topic {
  /** Its partitions' leaders, by number. */
  leaders: Broker[];
  until: number;
}

/** What is known of the topics. */
export interface Metadata {
  /** How many partitions a topic has. Rejects with a KafkaFault that names it. */
  partitions(topic: string): Promise<number>;
  /** Sorts batches by the broker that takes them. */
  byLeader(batches: PartitionBatch[]): Promise<Map<Broker, PartitionBatch[]>>;
}

/** Starts out knowing nothing. */
export function createMetadata(wire: Wire): Metadata {
  const topics = new Map<string, Promise<Topic>>();
  const brokers = new Map<string, Broker>();

  const look = async (topic: string): Promise<Topic> => {
    const answer = await wire.ask("metadata", undefined, [topic], false).catch(throwFault);
    const addresses = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    const leaders: Broker[] = [];
    for (const { partitionIndex, leaderId } of answer.topics[0]?.partitions ?? []) {
      const address = addresses.get(leaderId);
      if (address === undefined) throw new KafkaFault(`${topic}: partition ${partitionIndex} has no leader that is known`, []);
      const id = `${address.host}:${address.port}`;
      const broker = brokers.get(id) ?? address;
      brokers.set(id, broker);
      leaders[partitionIndex] = broker;
    }
    return { leaders, until: performance.now() + BELIEVED_MS };
  };
  const find = async (topic: string): Promise<Topic> => {
    const known = await topics.get(topic);
    if (known !== undefined && known.until > performance.now()) return known;
    const looking = look(topic);
    topics.set(topic, looking);
    looking.catch(() => topics.delete(topic));
    return looking;
  };
  return {
    partitions: async (topic) => (await find(topic)).leaders.length,
    async byLeader(batches) {
      const found = await all(batches.map(({ topic }) => find(topic)));
      const sorted = new Map<Broker, PartitionBatch[]>();
      for (const [i, batch] of batches.entries()) {
        const leader = found[i]?.leaders[batch.partition];
        if (leader === undefined)
          throw new KafkaFault(`${batch.topic}: partition ${batch.partition} has no leader that is known`, []);
        sorted.set(leader, [...(sorted.get(leader) ?? []), batch]);
      }
      return sorted;
    },
  };
}
