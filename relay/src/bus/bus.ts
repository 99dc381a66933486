/**
 * The port that every bus adapter implements, one adapter a file.
 *
 * A bus takes numbered batches. A batch is on the bus whole or not at all, and the bus itself remembers the highest number it took, in
 * the same transaction: so an outcome that is unknown (a timeout, a crash) is settled by one look, without reading the log.
 */

/** What an adapter promises; docs/guarantees.md shows them as a table. */
interface BusCapabilities {
  /** A record outlives the process and its readers. */
  durable: boolean;
  /** A reader can begin at the beginning. */
  replay: boolean;
  /** Records of one (topic, key) are read in the order they were published. */
  orderByKey: boolean;
  /** A batch is taken whole or not at all, and `settle` knows which. */
  transactions: boolean;
}

/** One record to publish. */
export interface BusRecord {
  /** Topic, with the prefix of the settings. */
  topic: string;
  /** Partition key. */
  key: string;
  /** The envelope's bytes as the collector wrote them, or a dead letter. */
  value: Buffer;
  /** event_id, event_type, content-type, traceparent, tenant_id, schema. */
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

/** How to read a bus. */
export interface ReadOptions {
  /** Topics, with prefix. One that does not exist yet holds no records. */
  topics: string[];
  /** Where to begin: at the first record there is, or at most so many records a partition before the end. @default "beginning" */
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
  /** After an unknown outcome or a crash: fences what may still be under way, then tells whether the bus took the batch. */
  settle(number: number): Promise<"published" | "absent">;
  /** Reads what is on the bus, committed records only. Needs no `open`. */
  read(options: ReadOptions): AsyncIterable<StoredRecord>;
  close(): Promise<void>;
}

/** A batch was not confirmed. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  /** `absent`: the bus has nothing of it. `unknown`: ask `settle` before anything else is published. */
  readonly outcome: "absent" | "unknown";

  constructor(outcome: PublishError["outcome"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.outcome = outcome;
  }
}
