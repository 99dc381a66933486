/**
 * What takes the deliveries of the subscription: it gathers a batch a lane, and writes it when it closes. A lane's batches follow each other; so there
 * is never more than one plan of it. While the archive cannot be had it takes no more than there is room for.
 */
import { join } from "node:path";
import type { Delivery, Sink, Subscription } from "../../bus/port/subscriber.ts";
import { type Batch, createBatch } from "./batch.ts";
import { createLanes, type Lane } from "./lanes.ts";
import { readPlan } from "./plan.ts";
import type { ParquetStoreSettings } from "./settings.ts";
import { createWriteBatch, type WriteOptions } from "./write-batch.ts";

interface SinkOptions extends WriteOptions, Pick<ParquetStoreSettings, "batchRows" | "batchMb" | "batchSeconds"> {
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

/** Batches of records and bytes that are at hand, at most, before no more are taken. */
const BATCHES_AT_HAND = 3;

/** Makes it. */
export function createParquetSink(options: SinkOptions): ParquetSink {
  const { duckDb, report, onFatal, batchRows, batchSeconds } = options;
  const batchBytes = options.batchMb * 1_000_000;
  const lanes = createLanes();
  const attached = Promise.withResolvers<Pick<Subscription, "plan">>();
  const write = createWriteBatch(options, attached.promise);
  let room = Promise.withResolvers<void>();
  let files = 0;
  let isIdle = false;

  const tellRoom = (): void => {
    room.resolve();
    room = Promise.withResolvers();
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
  const accept = (delivery: Delivery): void => {
    const lane = lanes.of(delivery.lane);
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
  const isTooMuch = (): boolean => {
    const { records, bytes } = lanes.atHand();
    return records > BATCHES_AT_HAND * batchRows || bytes > BATCHES_AT_HAND * batchBytes;
  };
  /** Many lanes with a little each are too much, too: the largest is closed then. What is planned waits for its end, and so is never waited for. */
  const makeRoom = async (): Promise<void> => {
    while (isTooMuch()) {
      if (lanes.all().every(({ closed }) => closed.size === 0)) {
        const [largest] = lanes
          .all()
          .filter(({ open }) => open && !open.plan)
          .toSorted((a, b) => b.open!.bytes - a.open!.bytes);
        if (largest === undefined) return;
        closeBatch(largest);
      }
      await room.promise;
    }
  };

  return {
    begin(name, text, origin) {
      try {
        Object.assign(lanes.of(name), { plan: readPlan(text), origin });
      } catch (error) {
        onFatal(error as Error);
      }
    },
    async take(deliveries) {
      isIdle = deliveries.length === 0;
      report.taken(deliveries.length);
      for (const delivery of deliveries) accept(delivery);
      await makeRoom();
    },
    async drain(names) {
      const going = lanes.among(names);
      for (const lane of going) lanes.forget(lane);
      tellRoom();
      await allEnded(going);
    },
    fault(error) {
      if (error === undefined) report.over("bus", true);
      else report.failed("bus", error, 1);
    },
    isIdle: () => isIdle,
    attach: attached.resolve,
    async finish() {
      for (const lane of lanes.all()) if (lane.open && !lane.open.plan) closeBatch(lane);
      await allEnded(lanes.all());
    },
    async close() {
      const all = lanes.all();
      for (const lane of all) lanes.forget(lane);
      await allEnded(all);
    },
  };
}

async function allEnded(lanes: readonly Lane[]): Promise<void> {
  await Promise.all(lanes.map(({ ending }) => ending));
}
