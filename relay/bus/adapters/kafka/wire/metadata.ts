/** Partitions of topics and the brokers that lead them, as `@platformatic/kafka` learns of them. */
import type { Broker } from "@platformatic/kafka";
import { all, KafkaFault } from "./faults.ts";
import { throwFault } from "./errors.ts";
import type { Wire } from "./wire.ts";

/** How long a response is believed, milliseconds. */
const BELIEVED_MS = 300_000;

interface Topic {
  /** Its partitions' leaders, by number. */
  leaders: Broker[];
  until: number;
}

/** A partition. */
interface Place {
  topic: string;
  partition: number;
}

/** What is known of the topics. */
export interface Metadata {
  /** How many partitions a topic has. Rejects with a KafkaFault that names it. */
  partitions(topic: string): Promise<number>;
  /** The broker that leads a partition. Rejects with a KafkaFault where none does. */
  leader(topic: string, partition: number): Promise<Broker>;
  /** Believes nothing of a topic any more. */
  forget(topic: string): void;
  /** Sorts what is of partitions by the broker that leads them. */
  byLeader<P extends Place>(places: P[]): Promise<Map<Broker, P[]>>;
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
  const leaderOf = ({ leaders }: Topic, topic: string, partition: number): Broker => {
    const leader = leaders[partition];
    if (leader === undefined) throw new KafkaFault(`${topic}: partition ${partition} has no leader that is known`, []);
    return leader;
  };
  return {
    leader: async (topic, partition) => leaderOf(await find(topic), topic, partition),
    forget: (topic) => void topics.delete(topic),
    partitions: async (topic) => (await find(topic)).leaders.length,
    async byLeader<P extends Place>(places: P[]) {
      const found = await all(places.map(({ topic }) => find(topic)));
      const sorted = new Map<Broker, P[]>();
      for (const [i, place] of places.entries()) {
        const leader = leaderOf(found[i]!, place.topic, place.partition);
        sorted.set(leader, [...(sorted.get(leader) ?? []), place]);
      }
      return sorted;
    },
  };
}
