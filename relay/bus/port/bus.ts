/**
 * The ports of a bus, by what a caller needs: a {@link Publisher}, a {@link Reader}, and what settles a batch whose outcome is unknown.
 *
 * A bus takes numbered batches, and its `delivery` says what it can tell of one. With transactions a batch is on the bus whole or not at
 * all, and the bus itself remembers the highest number it took, in the same transaction: so an outcome that is unknown (a timeout, a crash) is
 * settled by one look, without reading the log. Any other bus needs the records of a batch until all are confirmed. What an adapter
 * cannot do is not in its type.
 */
import type { BusRecord, StoredRecord } from "./record.ts";

export { PublishError, type Refusal } from "./publish-error.ts";
export type { BusRecord, StoredRecord } from "./record.ts";

/** Records that are published together. */
export interface Batch {
  /** Counts up by one a batch, over restarts; never used twice. */
  number: number;
  /** Names its claim, and nobody else's: a bus with transactions remembers it with the number. @default it has none */
  receipt?: string;
  records: BusRecord[];
}

/** A batch that was claimed, and of which it is not known whether it is on the bus. */
export interface BatchUnderWay {
  number: number;
  /** When it was claimed, before anything of it was published; ISO 8601 UTC. */
  claimedAt: string;
  /** As in {@link Batch}. @default it was claimed by a version without */
  receipt?: string;
}

/** The same with its records, which are kept where the bus has no transactions, and only there. */
export interface KeptBatch extends BatchUnderWay {
  records: BusRecord[];
}

/** What of a batch is on the bus: all, nothing, or all but these records, in order. */
export type Settled = "published" | "absent" | { missing: BusRecord[] };

/** Publishes batches. */
export interface Publisher {
  /**
   * Publishes a batch. Resolves when every record is as safe as the bus keeps it: from then on nothing reads the values, whose memory is the
   * caller's again. Rejects with a {@link PublishError}.
   */
  publish(batch: Batch): Promise<void>;
}

/** How to read a bus. */
export interface ReadOptions {
  /** Topics, with prefix. One that does not exist yet holds no records. */
  topics: string[];
  /**
   * Where to begin: at the first record there is, or at the last so many of each partition. What other topics hold does not count: each topic has
   * partitions of its own (on `local` and `memory` one), and where all share them (the shards of Kinesis) the records of `topics` alone are
   * counted, together. On Kafka they may be fewer, since the marker of a transaction takes an offset too. @default "beginning"
   */
  from?: "beginning" | { last: number };
  /** False: end after the last record that was there when reading began. True: go on until aborted. @default false */
  follow?: boolean;
  signal?: AbortSignal;
}

/** Reads a bus that keeps what it took. */
export interface Reader {
  /** Reads what is on the bus, committed records only. Needs no `open`. */
  read(options: ReadOptions): AsyncIterable<StoredRecord>;
}

/** What every bus has. */
interface AnyBus extends Publisher {
  readonly name: string;
  /** A record outlives the process and its readers. */
  readonly durable: boolean;
  /** Records of one (topic, key) are read in the order they were published. */
  readonly orderByKey: boolean;
  /** What whoever uses it must know, in a sentence: told loudly at the start. @default nothing */
  readonly warning?: string;
  /** How long its servers have made this client wait since it was made, milliseconds, as quotas do. @default they never do, or it is not told */
  throttledMs?(): number;
  close(): Promise<void>;
}

/** What every bus but one with transactions has. */
interface Openable {
  /** Makes the bus ready to take batches: connects, and creates what is missing. Rejects while the bus cannot be had. */
  open(topics: string[]): Promise<void>;
}

/** A bus that takes a batch whole or not at all, and remembers its number. */
export interface TransactionalBus extends AnyBus {
  readonly delivery: "transactional";
  /**
   * Makes the bus ready to take batches: connects, creates the topics that are missing, and fences whoever held this relay's place before.
   * Resolves with the highest batch number the bus remembers, 0 where none. Rejects while the bus cannot be had.
   */
  open(topics: string[]): Promise<{ lastBatch: number }>;
  /** Fences what may still be under way, then tells whether the bus has the batch. */
  settle(batch: BatchUnderWay): Promise<"published" | "absent">;
}

/** A bus without transactions on which records can be found again: exactly once but for a request that lands after the look. */
export interface LookupBus extends AnyBus, Openable {
  readonly delivery: "lookup";
  /** Looks which records of the batch it has. */
  settle(batch: KeptBatch): Promise<Settled>;
}

/** A bus that cannot say what it took: a batch whose outcome is unknown is published again. */
export interface AtLeastOnceBus extends AnyBus, Openable {
  readonly delivery: "at-least-once";
}

/** A bus that keeps nothing for whoever is not there: a batch is tried until it is handed over, and not again. */
export interface AtMostOnceBus extends AnyBus, Openable {
  readonly delivery: "at-most-once";
}

/** A bus. */
export type Bus = TransactionalBus | LookupBus | AtLeastOnceBus | AtMostOnceBus;
