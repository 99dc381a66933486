/** What publishing to Kafka is made of: batches of a partition, and what a transactional producer does with them. */
import type { BusRecord } from "../../port/bus.ts";
import type { Compression } from "./wire/record-batch.ts";

/** Records of one partition that go in one record batch of the log. */
export interface PartitionBatch {
  topic: string;
  partition: number;
  records: BusRecord[];
}

/** The holder of this relay's place, until the next one is made. */
export interface KafkaProducer {
  /** How many partitions a topic has. Rejects with a KafkaFault that names the topic. */
  partitions(topic: string): Promise<number>;
  /**
   * Writes batches into the open transaction, or into a new one; those of one partition in their order. Tries once. Rejects with a
   * KafkaFault. A single batch that is refused for good leaves the transaction as it was; after any other error the producer
   * must be abandoned.
   */
  write(batches: PartitionBatch[]): Promise<void>;
  /** Writes the batches, and puts the number into the same transaction, and a note beside it. */
  writeWithReceipt(batches: PartitionBatch[], number: number, note: string): Promise<void>;
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
  compression: Compression;
}

/** How long a transaction may stay open before its coordinator aborts it, milliseconds: longer than anything that is done in one. */
export const TRANSACTION_MS = 30_000;
