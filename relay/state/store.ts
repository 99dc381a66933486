/** The port of what the relay remembers: a marker for each key, the queue's messages, the batches that are under way, and the counters. */
import type { BatchUnderWay, BusRecord, KeptBatch } from "../bus/port/bus.ts";
import type { Counter } from "./counters.ts";
import type { Keys } from "./keys.ts";
import type { MarkerList } from "./marker-list.ts";

/** Only the last two make a later copy a duplicate. */
export type MarkerState = "in_flight" | "published" | "dead_lettered";

/** A marker that the store has. */
export interface StoredMarker {
  state: MarkerState;
  /** Its record (log/record.ts), in words that are good until the store is asked again. */
  words: Uint32Array;
  at: number;
  /** When its key was first seen, in whole seconds, milliseconds since 1970. */
  first_seen: number;
}

/** A message of a queue. */
export interface MessageRef {
  queue: string;
  id: string;
}

/** A message of a round. */
export interface ClaimedMessage extends MessageRef {
  /** Indexes of the lines that are settled, in this round and before it, where that is not all of them. */
  done?: number[];
}

/** `claimed`: taken by a round that was not settled. `done`: settled in part, these lines of it. */
export type MessageState = "claimed" | "settled" | { done: number[] };

/** What one round does to the store: markers now, the rest when its batch is known to be on the bus. */
export interface Claim {
  markers: MarkerList;
  messages: ClaimedMessage[];
  /** Counted at once, for messages that were not claimed before. */
  taken: Counter[];
  /** Counted when the batch is settled. */
  settled: Counter[];
  /** The batch's records, for a bus without transactions. */
  records?: BusRecord[];
}

/** How much the store holds. */
export interface StoreSize {
  /** Markers, the last hours' beyond the window included. */
  keys: number;
  /** Files of the key log. */
  files: number;
  /** When the latest was first seen, milliseconds since 1970; 0 where there is none. */
  newest: number;
  /** Their bytes, and those of the table in memory. */
  bytes: number;
  memoryBytes: number;
}

/**
 * The store. Every method throws a StateError once a file is damaged or the disk has failed; `claim` throws a StoreFull where the disk is
 * full: nothing of it is done, and it may be tried again.
 */
export interface Store {
  /** Random, and this store's own: its name. */
  readonly salt: string;
  /** Makes its keys, which depend on the salt. */
  readonly keys: Keys;
  /** The marker of a key, whose four words are at a place. @default at 0 */
  marker(key: Uint32Array, at?: number): StoredMarker | undefined;
  message(ref: MessageRef): MessageState | undefined;
  /**
   * Makes a claim durable under a batch number, in the place of an earlier one under the same number. Returns its receipt, by which it is told from
   * another store's claim of that number, and from that of a copy of this store; it begins with the salt and a ".".
   */
  claim(batch: number, claim: Claim): string;
  /**
   * The batch is on the bus: its markers stand, its messages are settled and counted. Durable with the next claim, or `flush`, or a moment
   * later: the bus knows its batches, and is asked for those that a crash left under way. At once where the claim has records to keep.
   */
  settle(batch: number): void;
  /** The bus has nothing of the batch: its markers go, its messages stay claimed. Durable as `settle` is. */
  release(batch: number): void;
  /** Makes durable what was settled and released. Throws a StoreFull where the disk is full. */
  flush(): void;
  /** Batches that were claimed and neither settled nor released, oldest first. */
  underWay(): (BatchUnderWay | KeptBatch)[];
  /** The highest batch number claimed so far; 0 where none. */
  lastBatch(): number;
  counters(): Counter[];
  size(): StoreSize;
  /** Forgets what was first seen before then (milliseconds since 1970). */
  prune(before: number): void;
  /** Reads all files, at most so many bytes a second, and checks them; resolves with the bytes read. Rejects with a StateError. */
  scrub(bytesPerSecond?: number): Promise<number>;
  close(): void;
}
