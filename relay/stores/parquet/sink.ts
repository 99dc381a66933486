/**
 * What takes the deliveries of the subscription: it gathers a batch a lane, and when one closes it plans it, converts it, puts its files into the
 * archive and what is no event into the dead letters, and acknowledges it, in this order. A lane's batches follow each other; so there is never more
 * than one plan of it. While the archive cannot be had it takes no more than there is room for.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { StoredRecord } from "../../bus/port/record.ts";
import type { Delivery, Sink, Subscription } from "../../bus/port/subscriber.ts";
import type { Compacted } from "../archive/compact.ts";
import type { ArchiveFiles } from "../archive/files.ts";
import type { DuckDb } from "../duckdb/open.ts";
import type { Cause } from "../group/bury.ts";
import { type FaultReport, untilDone } from "../group/until-done.ts";
import { type Batch, createBatch } from "./batch.ts";
import { convert, type Made } from "./convert.ts";
import { batchId, type Plan, planText, readPlan } from "./plan.ts";
import { OtherRowsError, putMade } from "./put-made.ts";
import type { ParquetStoreSettings } from "./settings.ts";

/** What can be at fault. */
export type Part = "bus" | "archive" | "dead letters" | "compaction";

/** Takes what there is to tell. */
export interface Report extends FaultReport<Part> {
  /** A file is in the archive, by this store or one before it. */
  stored(key: string, rows: number): void;
  /** Files of an hour have become one. */
  compacted(folder: string, done: Compacted): void;
  /** A record is in the dead letters; `why` has nothing of it. */
  refused(record: StoredRecord, why: string): void;
}

interface SinkOptions extends Pick<ParquetStoreSettings, "batchRows" | "batchMb" | "batchSeconds"> {
  duckDb: DuckDb;
  /** DuckDB works on one thing at a time: two would share its memory. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  archive: ArchiveFiles;
  /** Puts a record into the dead letters. Rejects while the bus cannot be had. */
  bury: (delivery: Pick<Delivery, "record" | "lane">, why: Cause) => Promise<void>;
  report: Report;
  /** Told what cannot be tried again: the store must end. */
  onFatal: (error: Error) => void;
}

/** A sink that ends. */
export interface ParquetSink extends Sink {
  /** Where plans are kept; nothing is written before it is told. */
  attach(subscription: Pick<Subscription, "plan">): void;
  /** Whether the last wait for records brought none. */
  isIdle(): boolean;
  /** Closes the batches that are open, and resolves when all that are closed have ended. */
  finish(): Promise<void>;
  /** Gives up what is not written yet: nobody has acknowledged it. */
  close(): Promise<void>;
}

interface Lane {
  name: string;
  /** What its offsets count in. */
  origin: string;
  /** What an owner before this one, or this one, has begun. */
  plan: Plan | undefined;
  open: Batch | undefined;
  /** Closed, and not ended. */
  closed: Set<Batch>;
  /** Ends with the last of them. */
  ending: Promise<void>;
  gone: AbortController;
  timer: NodeJS.Timeout | undefined;
}

/** Batches of records and bytes that are at hand, at most, before no more are taken. */
const BATCHES_AT_HAND = 3;
const NO_EVENT: Cause = { code: "no_event", message: "expected the envelope of an event" };

/** Makes it. */
export function createParquetSink(options: SinkOptions): ParquetSink {
  const { duckDb, inTurn, bury, report, onFatal, batchRows, batchSeconds } = options;
  const batchBytes = options.batchMb * 1_000_000;
  const lanes = new Map<string, Lane>();
  const attached = Promise.withResolvers<Pick<Subscription, "plan">>();
  let room = Promise.withResolvers<void>();
  let files = 0;
  let isIdle = false;

  const tellRoom = (): void => {
    room.resolve();
    room = Promise.withResolvers();
  };
  const laneOf = (name: string): Lane => {
    const known = lanes.get(name);
    if (known !== undefined) return known;
    const lane: Lane = {
      name,
      origin: "",
      plan: undefined,
      open: undefined,
      closed: new Set(),
      ending: Promise.resolve(),
      gone: new AbortController(),
      timer: undefined,
    };
    lanes.set(name, lane);
    return lane;
  };
  const openBatch = (lane: Lane, first: bigint): Batch => {
    const batch = createBatch(join(duckDb.folder, `batch-${++files}`), first, lane.plan);
    // What is planned closes where the plan says, however long that takes.
    if (!batch.plan) lane.timer = setTimeout(() => closeBatch(lane), batchSeconds * 1000);
    return (lane.open = batch);
  };
  const closeBatch = (lane: Lane): void => {
    const batch = lane.open;
    if (batch === undefined) return;
    clearTimeout(lane.timer);
    lane.open = undefined;
    lane.plan = undefined;
    batch.end();
    lane.closed.add(batch);
    const { signal } = lane.gone;
    lane.ending = lane.ending
      .then(() => write(lane, batch, signal))
      .catch(onFatal)
      .finally(() => {
        lane.closed.delete(batch);
        batch.remove();
        tellRoom();
      });
  };
  /** Leaves it unacknowledged where the lane goes before it is written: whoever has the lane then gets all of it again. */
  const write = async ({ name: lane, origin }: Lane, batch: Batch, signal: AbortSignal): Promise<void> => {
    const id = batchId(origin, lane, batch.range);
    if (batch.plan === undefined) {
      const { plan } = await attached.promise;
      const keep = async (): Promise<true> => plan!(lane, planText(batch.range)).then(() => true);
      if ((await untilDone(keep, "bus", report, signal)) === undefined) return;
    }
    const made = await untilDone(() => inTurn(() => convert(duckDb, batch, id)), "archive", report, signal);
    if (made === undefined) return;
    try {
      if ((await putAll(made.files, signal)) && (await buryAll(lane, batch, made.unreadable, signal))) batch.ack();
    } finally {
      for (const { path } of made.files) rmSync(path, { force: true });
    }
  };
  const putAll = async (made: readonly Made[], signal: AbortSignal): Promise<boolean> => {
    for (const file of made) {
      const put = (): Promise<true> => putMade(options, file).then(() => true);
      const isPut = await untilDone(put, "archive", report, signal, (error) => error instanceof OtherRowsError);
      if (isPut === undefined) return false;
      report.stored(file.key, file.rows);
    }
    return true;
  };
  const buryAll = async (lane: string, batch: Batch, offsets: ReadonlySet<bigint>, signal: AbortSignal): Promise<boolean> => {
    if (offsets.size === 0) return true;
    for await (const record of batch.find(offsets)) {
      const buried = await untilDone(
        async () => bury({ record, lane }, NO_EVENT).then(() => true),
        "dead letters",
        report,
        signal,
      );
      if (buried === undefined) return false;
      report.refused(record, NO_EVENT.message);
    }
    return true;
  };
  const accept = (delivery: Delivery): void => {
    const lane = laneOf(delivery.lane);
    const { offset } = delivery.record;
    if (lane.plan !== undefined && (offset > lane.plan.to || offset < lane.plan.from)) {
      // What it named is acknowledged, is not there any more, or is not what the group is at.
      if (lane.open) closeBatch(lane);
      lane.plan = undefined;
    }
    const batch = lane.open ?? openBatch(lane, offset);
    batch.add(delivery);
    const isFull = batch.records >= batchRows || batch.bytes >= batchBytes;
    if (batch.plan ? offset === batch.plan.to : isFull) closeBatch(lane);
  };
  const allLanes = (): Lane[] => [...lanes.values()];
  const batchesAtHand = (): Batch[] => allLanes().flatMap(({ open, closed }) => [...closed, ...(open ? [open] : [])]);
  const isTooMuch = (): boolean => {
    const all = batchesAtHand();
    const records = all.reduce((sum, batch) => sum + batch.records, 0);
    return records > BATCHES_AT_HAND * batchRows || all.reduce((sum, { bytes }) => sum + bytes, 0) > BATCHES_AT_HAND * batchBytes;
  };
  /** Many lanes with a little each are too much, too: the largest is closed then. What is planned waits for its end, and so is never waited for. */
  const makeRoom = async (): Promise<void> => {
    while (isTooMuch()) {
      if (allLanes().every(({ closed }) => closed.size === 0)) {
        const [largest] = allLanes()
          .filter(({ open }) => open && !open.plan)
          .toSorted((a, b) => b.open!.bytes - a.open!.bytes);
        if (largest === undefined) return;
        closeBatch(largest);
      }
      await room.promise;
    }
  };
  const forget = (lane: Lane): void => {
    lanes.delete(lane.name);
    clearTimeout(lane.timer);
    lane.open?.end();
    lane.open?.remove();
    lane.open = undefined;
    lane.gone.abort();
  };
  const closeOpen = (): void => {
    for (const lane of allLanes()) if (lane.open && !lane.open.plan) closeBatch(lane);
  };

  return {
    begin(name, text, origin) {
      try {
        Object.assign(laneOf(name), { plan: readPlan(text), origin });
      } catch (error) {
        onFatal(error as Error);
      }
    },
    async take(deliveries) {
      isIdle = deliveries.length === 0;
      for (const delivery of deliveries) accept(delivery);
      await makeRoom();
    },
    async drain(names) {
      const going = names.flatMap((name) => lanes.get(name) ?? []);
      for (const lane of going) forget(lane);
      tellRoom();
      await Promise.all(going.map(({ ending }) => ending));
    },
    fault: (error) => report.fault("bus", error),
    isIdle: () => isIdle,
    attach: attached.resolve,
    async finish() {
      closeOpen();
      await Promise.all(allLanes().map(({ ending }) => ending));
    },
    async close() {
      const all = allLanes();
      for (const lane of all) forget(lane);
      await Promise.all(all.map(({ ending }) => ending));
    },
  };
}
