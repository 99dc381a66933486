/**
 * What takes the deliveries of the subscription: it gathers batches while the one before is being written, acknowledges what is in Postgres or in the dead
 * letters and nothing else, and takes no more while Postgres cannot be had.
 */
import type { StoredRecord } from "../../bus/port/record.ts";
import type { Delivery, Sink } from "../../bus/port/subscriber.ts";
import { within } from "../../lib/within.ts";
import type { Cause } from "../group/bury.ts";
import { type FaultReport, untilDone } from "../group/until-done.ts";
import { readRow } from "./read-row.ts";
import { createWaiting, type Taken } from "./waiting.ts";
import type { Writer } from "./writer.ts";

/** What can be at fault. */
export type Part = "bus" | "postgres" | "dead letters" | "upkeep";

/** Takes what there is to tell. */
export interface Report extends FaultReport<Part> {
  /** So many more were handed over, are in the tables now, were there already, or are in the dead letters. */
  count(what: "taken" | "stored" | "duplicates" | "refused", records: number): void;
  /** A record goes to the dead letters; `why` has nothing of it. */
  refused(record: StoredRecord, why: string): void;
}

interface StoreSinkOptions {
  writer: Writer;
  /** Puts a record into the dead letters. Rejects while the bus cannot be had. */
  bury: (delivery: Delivery, why: Cause) => Promise<void>;
  batchSize: number;
  lingerMs: number;
  /** How long a lane that goes waits for what is being written, milliseconds. */
  drainMs: number;
  report: Report;
  /** An outage that lasts so many milliseconds is final. @default it is waited for without end */
  patienceMs?: number | undefined;
  /** Told what cannot be tried again: the store must end. */
  onFatal: (error: Error) => void;
}

/** A sink that ends. */
export interface StoreSink extends Sink {
  /** Gives up what is not written yet: nobody has acknowledged it. */
  close(): Promise<void>;
}

/** Makes it. */
export function createStoreSink(options: StoreSinkOptions): StoreSink {
  const { writer, bury, batchSize, lingerMs, drainMs, report, patienceMs, onFatal } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const how = { report, signal, patienceMs };
  const waiting = createWaiting({ batchSize, lingerMs, signal });
  let writing: { lanes: Set<string>; ended: Promise<void> } | undefined;

  const kill = async (delivery: Delivery, why: Cause): Promise<void> => {
    const buried = await untilDone("dead letters", () => bury(delivery, why).then(() => true), how);
    if (buried === undefined) return;
    report.count("refused", 1);
    // What Postgres itself says may quote the value.
    report.refused(
      delivery.record,
      why.code === "database_refused" ? `${why.code} ${why.message.slice(0, 5)}` : `${why.code}: ${why.message}`,
    );
    delivery.ack();
  };
  const store = async (batch: readonly Taken[]): Promise<void> => {
    for (const { delivery, row } of batch) if ("code" in row) await kill(delivery, row);
    const incoming = batch.flatMap(({ delivery, row }) => {
      return "code" in row ? [] : [{ row, lane: delivery.lane, record: delivery.record, delivery }];
    });
    if (incoming.length === 0) return;
    const written = await untilDone("postgres", () => writer.write(incoming), how);
    if (written === undefined) return;
    const { added, refused } = written;
    report.count("stored", added);
    report.count("duplicates", incoming.length - refused.size - added);
    for (const one of incoming) {
      const error = refused.get(one);
      if (error === undefined) one.delivery.ack();
      else await kill(one.delivery, { code: "database_refused", message: `${error.code}: ${error.message}` });
    }
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const batch = await waiting.next();
      const ended = store(batch);
      writing = { lanes: new Set(batch.map(({ delivery }) => delivery.lane)), ended };
      await ended;
      writing = undefined;
    }
  };
  const running = run().catch(onFatal);

  return {
    async take(deliveries) {
      report.count("taken", deliveries.length);
      // It says that its key is gone: there is no event in it.
      for (const { record, ack } of deliveries) if (record.isTombstone) ack();
      // Read while the batch before is being written: the two are done side by side.
      waiting.add(
        deliveries.flatMap((delivery) => (delivery.record.isTombstone ? [] : [{ delivery, row: readRow(delivery.record) }])),
      );
      await waiting.hasRoom();
    },
    async drain(lanes) {
      waiting.drop(new Set(lanes));
      if (writing === undefined || !lanes.some((lane) => writing!.lanes.has(lane))) return;
      // What does not end in time is written all the same, and is there already for whoever gets it next.
      await within(drainMs, writing.ended, () => new Error("late")).catch(() => {});
    },
    fault(error) {
      if (error === undefined) report.over("bus", true);
      else report.failed("bus", error, 1);
    },
    async close() {
      stop.abort();
      await running;
      await writer.close();
    },
  };
}
