/** What the state database holds, row by row, and a change of it. */
import type { BatchUnderWay, KeptBatch } from "../bus/port/bus.ts";
import type { Counter } from "./counters.ts";
import type { KeyVersion } from "./key-hash.ts";
import type { LogStart } from "./log/find-start.ts";
import type { SegmentRow } from "./log/segment.ts";

/** A batch that is under way, as the state database keeps it. */
export interface BatchRow extends BatchUnderWay, Partial<Pick<KeptBatch, "records">> {
  /** Its block in the log; `count` is 0 where it has none. */
  seq: number;
  segment: number;
  slot: number;
  count: number;
  /** Markers in it. */
  keys: number;
  /** Counted when it is settled. */
  settled: Counter[];
}

/** A block whose markers do not count. */
export interface VoidBlock {
  seq: number;
  segment: number;
}

/** The lines of a message that are settled once its block is, where these are not all. */
export interface SettledLines {
  /** The message's key in the log: four words. */
  key: Uint32Array;
  seq: number;
  segment: number;
  done: number[];
}

/** The numbers of which there is one each. */
export interface StateNumbers {
  /** Marks the files of this store. */
  storeId: number;
  /** How its keys are made. */
  keyVersion: KeyVersion;
  lastBatch: number;
  lastSeq: number;
  start: LogStart;
}

/** Changes for one commit. */
export interface StateChange {
  state?: Partial<Omit<StateNumbers, "storeId" | "keyVersion">>;
  segments?: readonly SegmentRow[];
  batches?: readonly BatchRow[];
  /** Numbers of batches that are under way no longer. */
  ended?: readonly number[];
  voids?: readonly VoidBlock[];
  settledLines?: readonly SettledLines[];
  /** Added to the counters. */
  counters?: readonly Counter[];
}
