/** What publishing to Kafka is made of: batches of a partition, what a transactional producer does with them, and faults. */
import type { BusRecord } from "../../port/bus.ts";

/** Records of one partition that go in one record batch of the log. */
export interface PartitionBatch {
  topic: string;
  partition: number;
  records: BusRecord[];
}

/** The holder of this relay's place, until the next one is made. */
export interface KafkaProducer {
  /** How many partitions a topic has. Rejects with a {@link KafkaFault} that names the topic. */
  partitions(topic: string): Promise<number>;
  /**
   * Writes batches into the open transaction, or into a new one; those of one partition in their order. Tries once. Rejects with a
   * {@link KafkaFault}. A single batch that is refused for good leaves the transaction as it was; after any other error the producer
   * must be abandoned.
   */
  write(batches: PartitionBatch[]): Promise<void>;
  /** Writes the batches, and puts the number into the same transaction. */
  writeWithReceipt(batches: PartitionBatch[], number: number): Promise<void>;
  /** Commits the transaction. Once this was called its outcome is known only by a response. */
  commit(): Promise<void>;
  /** Lets go of it at once, and of what it has under way; the next fence aborts its transaction. */
  abandon(): void;
  /** Lets go of it in order. */
  close(): Promise<void>;
}

/** What a producer needs to know of this relay's place. */
export interface KafkaPlace {
  /** The transactional.id, and the group whose offset is the receipt. */
  id: string;
  /** The topic that the offset is of; nothing is ever written to it. */
  checkpoints: string;
  compression: "none" | "gzip" | "snappy" | "lz4" | "zstd";
}

/** One topic's part in a failure: `code` is the protocol's name of the error. */
export interface TopicFault {
  topic: string;
  code: string;
  message: string;
}

/** A write failed. Without `topics` the fault is the cluster's, or the way to it is. */
export class KafkaFault extends Error {
  override readonly name = "KafkaFault";
  readonly topics: readonly TopicFault[];

  constructor(message: string, topics: readonly TopicFault[], options?: ErrorOptions) {
    super(message, options);
    this.topics = topics;
  }
}

/** How long a transaction may stay open before its coordinator aborts it, milliseconds: longer than anything that is done in one. */
export const TRANSACTION_MS = 30_000;
/** How long a broker may take to respond, milliseconds. */
export const REQUEST_MS = 7_000;
/** How long a connection may take, milliseconds. */
export const CONNECT_MS = 3_000;

/** Waits for all, and rejects with what went wrong, as one: with a {@link KafkaFault} of topics only where nothing else failed. */
export async function all<T>(work: Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  const other = errors.find((error) => !(error instanceof KafkaFault && error.topics.length > 0));
  if (other !== undefined) throw other;
  const [first, ...more] = errors as KafkaFault[];
  if (first === undefined) return results.map((result) => (result as PromiseFulfilledResult<T>).value);
  if (more.length === 0) throw first;
  throw new KafkaFault(
    errors.map(({ message }) => message).join("; "),
    (errors as KafkaFault[]).flatMap(({ topics }) => topics),
    { cause: first },
  );
}
