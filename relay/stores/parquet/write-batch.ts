/** Writes a batch: plans it, converts it, puts its files into the archive and what is no event into the dead letters, and acknowledges it, in this order. */
import { rmSync } from "node:fs";
import type { StoredRecord } from "../../bus/port/record.ts";
import type { Delivery, Subscription } from "../../bus/port/subscriber.ts";
import type { Compacted } from "../archive/compact.ts";
import type { ArchiveFiles } from "../archive/files.ts";
import type { DuckDb } from "../duckdb/open.ts";
import type { Cause } from "../group/bury.ts";
import { type FaultReport, untilDone } from "../group/until-done.ts";
import type { Batch } from "./batch.ts";
import { convert, type Made } from "./convert.ts";
import type { Lane } from "./lanes.ts";
import { batchId, planText } from "./plan.ts";
import { OtherRowsError, putMade } from "./put-made.ts";

/** What can be at fault. */
export type Part = "bus" | "archive" | "dead letters" | "compaction";

/** Takes what there is to tell. */
export interface Report extends FaultReport<Part> {
  /** So many records were handed over. */
  taken(records: number): void;
  /** A file is in the archive, by this store or one before it. */
  stored(key: string, rows: number): void;
  /** Files of an hour have become one. */
  compacted(folder: string, done: Compacted): void;
  /** A record is in the dead letters; `why` has nothing of it. */
  refused(record: StoredRecord, why: string): void;
}

/** What a batch is written with. */
export interface WriteOptions {
  duckDb: DuckDb;
  /** DuckDB works on one thing at a time: two would share its memory. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  archive: ArchiveFiles;
  /** Puts a record into the dead letters. Rejects while the bus cannot be had. */
  bury: (delivery: Pick<Delivery, "record" | "lane">, why: Cause) => Promise<void>;
  report: Report;
  /** An outage that lasts so many milliseconds is final. @default it is waited for without end */
  patienceMs?: number | undefined;
}

const NO_EVENT: Cause = { code: "no_event", message: "expected the envelope of an event" };

/** Makes what writes. It leaves a batch unacknowledged where the lane goes before it is written: whoever has the lane then gets all of it again. */
export function createWriteBatch(options: WriteOptions, attached: Promise<Pick<Subscription, "plan">>) {
  const { duckDb, inTurn, bury, report, patienceMs } = options;

  const putAll = async (made: readonly Made[], signal: AbortSignal): Promise<boolean> => {
    for (const file of made) {
      const put = (): Promise<true> => putMade(options, file).then(() => true);
      if ((await untilDone("archive", put, { report, signal, patienceMs, isFinal: hasOtherRows })) === undefined) return false;
      report.stored(file.key, file.rows);
    }
    return true;
  };
  const buryAll = async (lane: string, batch: Batch, offsets: ReadonlySet<bigint>, signal: AbortSignal): Promise<boolean> => {
    if (offsets.size === 0) return true;
    for await (const record of batch.find(offsets)) {
      const put = (): Promise<true> => bury({ record, lane }, NO_EVENT).then(() => true);
      if ((await untilDone("dead letters", put, { report, signal, patienceMs })) === undefined) return false;
      report.refused(record, NO_EVENT.message);
    }
    return true;
  };
  return async ({ name, origin }: Lane, batch: Batch, signal: AbortSignal): Promise<void> => {
    const how = { report, signal, patienceMs };
    if (batch.plan === undefined) {
      const { plan } = await attached;
      const keep = (): Promise<true> => plan!(name, planText(batch.range)).then(() => true);
      if ((await untilDone("bus", keep, how)) === undefined) return;
    }
    const id = batchId(origin, name, batch.range);
    const made = await untilDone("archive", () => inTurn(() => convert(duckDb, batch, id)), how);
    if (made === undefined) return;
    try {
      if ((await putAll(made.files, signal)) && (await buryAll(name, batch, made.unreadable, signal))) batch.ack();
    } finally {
      for (const { path } of made.files) rmSync(path, { force: true });
    }
  };
}

function hasOtherRows(error: unknown): boolean {
  return error instanceof OtherRowsError;
}
