/**
 * The port that every bus adapter implements, one adapter a file.
 *
 * A bus takes numbered batches. With transactions, a batch is on the bus whole or not at all, and the bus itself remembers the highest
 * number it took, in the same transaction: so an outcome that is unknown (a timeout, a crash) is settled by one look, without reading the
 * log. Without them, the relay keeps the records of a batch until all are confirmed, and the adapter looks up which of them are missing.
 */

/** What an adapter promises; docs/guarantees.md shows them as a table. */
interface BusCapabilities {
  /** A record outlives the process and its readers. */
  durable: boolean;
  /** A reader can begin at the beginning. */
  replay: boolean;
  /** Records of one (topic, key) are read in the order they were published. */
  orderByKey: boolean;
  /** A batch is taken whole or not at all, and the bus remembers its number. */
  transactions: boolean;
  /** `settle` knows what became of a batch. Without it an outcome that is unknown is published again: at least once. */
  lookup: boolean;
}

/** One record to publish. */
export interface BusRecord {
  /** Topic, with the prefix of the settings. */
  topic: string;
  /** Partition key. */
  key: string;
  /** The envelope's bytes as the collector wrote them, or a dead letter. */
  value: Buffer;
  /** event_id, event_type, content-type, traceparent, tenant_id, key_kind, schema. */
  headers: Record<string, string>;
}

/** A record as a reader finds it. */
export interface StoredRecord extends BusRecord {
  partition: number;
  /** Place within the partition; counts up, with gaps. */
  offset: bigint;
  /** When the bus had it, ISO 8601 UTC. */
  publishedAt: string;
}

/** Records that are published together. */
export interface Batch {
  /** Counts up by one a batch, over restarts; never used twice. */
  number: number;
  records: BusRecord[];
}

/** A batch that was claimed, and of which it is not known whether it is on the bus. */
export interface UnderWay {
  number: number;
  /** When it was claimed, before anything of it was published; ISO 8601 UTC. */
  claimedAt: string;
  /** Its records; always there where the bus has no transactions, and only there. */
  records?: BusRecord[];
}

/** What of a batch is on the bus: all, nothing, or all but these records, in order. Only a bus without transactions tells the last. */
export type Settled = "published" | "absent" | { missing: BusRecord[] };

/** Why the bus will never take a record. */
export interface Refusal {
  /** Its topic does not exist or may not be written to; it is larger than the bus takes; the bus refuses it for another reason. */
  code: "topic_unavailable" | "record_too_large" | "record_refused";
  /** What the bus said. */
  message: string;
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

/** A bus. */
export interface Bus {
  readonly name: string;
  readonly capabilities: BusCapabilities;
  /**
   * Makes the bus ready to take batches: connects, makes the topics that are missing, and fences whoever held this relay's place
   * before. Answers the highest batch number the bus remembers, 0 where none. Rejects while the bus cannot be had.
   */
  open(topics: string[]): Promise<{ lastBatch: number }>;
  /** Publishes a batch. Resolves when every record is durable. Rejects with a {@link PublishError}. */
  publish(batch: Batch): Promise<void>;
  /** After an unknown outcome or a crash: fences what may still be under way, where that is possible, then tells what the bus has of it. */
  settle(batch: UnderWay): Promise<Settled>;
  /** Reads what is on the bus, committed records only. Needs no `open`. */
  read(options: ReadOptions): AsyncIterable<StoredRecord>;
  close(): Promise<void>;
}

/** What is known of a publish that failed. */
interface PublishFailure extends ErrorOptions {
  /** Records that the bus will never take: to be tried no more. */
  refused?: ReadonlyMap<BusRecord, Refusal>;
  /** Without transactions: what of the batch is not on the bus, in order, where that is known. */
  missing?: BusRecord[];
  /** The topics that alone are at fault; undefined where it is the bus. */
  topics?: readonly string[] | undefined;
}

/** A batch was not confirmed. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  /** `absent`: the bus has nothing of it, or of `missing` where that is given. `unknown`: ask `settle` before it is published again. */
  readonly outcome: "absent" | "unknown";
  readonly refused: PublishFailure["refused"];
  readonly missing: PublishFailure["missing"];
  readonly topics: PublishFailure["topics"];

  constructor(outcome: PublishError["outcome"], message: string, { refused, missing, topics, ...options }: PublishFailure = {}) {
    super(message, options);
    this.outcome = outcome;
    this.refused = refused;
    this.missing = missing;
    this.topics = topics;
  }
}
