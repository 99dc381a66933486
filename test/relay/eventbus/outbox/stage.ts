/** A database with an outbox, and a bus that notes what it takes and refuses what it is told to. */
import { setImmediate as turn } from "node:timers/promises";
import { Pool, type PoolClient } from "pg";
import type { PublishedEvent } from "../../../../relay/eventbus/port/events.ts";
import { createOutbox } from "../../../../relay/eventbus/outbox/outbox.ts";
import { migrateOutbox } from "../../../../relay/eventbus/outbox/table.ts";
import { runOutbox, type WorkerOptions } from "../../../../relay/eventbus/outbox/worker.ts";
import type { StreamPublisher } from "../../../../relay/eventbus/port/stream-publisher.ts";
import { freshDatabase } from "../../../services/postgres.ts";

/** What was published, in order. */
export interface Taken {
  stream: string;
  key: string | undefined;
  event: PublishedEvent;
}

/** A bus at the edge: what it is handed it has. It takes nothing before `atLeast` are handed to it at once. */
export function recordingBus(
  refuses: (event: PublishedEvent, stream: string) => Error | undefined = () => undefined,
  atLeast = 1,
) {
  const taken: Taken[] = [];
  const waiting: { n: number; resolve: () => void }[] = [];
  const enough = Promise.withResolvers<void>();
  let atOnce = 0;
  const bus: StreamPublisher = {
    async publishStream(stream, event, { partitionKey } = {}) {
      if (++atOnce >= atLeast) enough.resolve();
      await enough.promise;
      // As long as it likes: what is published side by side may arrive in any order.
      for (let n = Math.floor(Math.random() * 5); n > 0; n--) await turn();
      atOnce--;
      const error = refuses(event as PublishedEvent, stream);
      if (error) throw error;
      taken.push({ stream, key: partitionKey, event: event as PublishedEvent });
      for (const one of waiting) if (taken.length >= one.n) one.resolve();
      return event as PublishedEvent;
    },
  };
  /** Resolves when it has so many. */
  const has = (n: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ n, resolve });
    if (taken.length >= n) resolve();
    return promise;
  };
  return { bus, taken, has };
}

/** A database with an empty outbox. */
export async function outboxStage(serverUrl: string) {
  const url = await freshDatabase(serverUrl);
  const pool = new Pool({ connectionString: url, max: 20 });
  pool.on("error", () => {});
  await migrateOutbox(pool);
  const outbox = createOutbox();
  /** Runs `work` in a transaction. */
  const inTransaction = async <T>(work: (tx: PoolClient) => Promise<T>): Promise<T> => {
    const tx = await pool.connect();
    try {
      await tx.query("BEGIN");
      const result = await work(tx);
      await tx.query("COMMIT");
      return result;
    } catch (error) {
      await tx.query("ROLLBACK");
      throw error;
    } finally {
      tx.release();
    }
  };
  const queue = (stream: string, n: number, partitionKey?: string) =>
    inTransaction((tx) =>
      outbox.queueEvent(tx, stream, { event_type: "counted.v1", n }, partitionKey === undefined ? {} : { partitionKey }),
    );
  /** Runs workers until the outbox is empty, or for as long as `signal` says. */
  const publish = async (bus: StreamPublisher, options: Partial<WorkerOptions> = {}) => {
    const [counted, faults] = [{ published: 0, failed: 0, deferred: 0, cleaned: 0 }, [] as string[]];
    const report: WorkerOptions["report"] = {
      count: (what, rows) => void (counted[what] += rows),
      fault: (message) => faults.push(message),
    };
    const usual = { workers: 1, batchSize: 100, pollMs: 1_000, claimMs: 60_000, retentionHours: 24, once: true };
    await runOutbox({ databaseUrl: url, bus, signal: new AbortController().signal, report, ...usual, ...options });
    return { ...counted, faults };
  };
  const rows = async (columns: string) =>
    (await pool.query(`SELECT ${columns} FROM sightline_outbox ORDER BY id`)).rows as unknown[];
  return { url, pool, outbox, inTransaction, queue, publish, rows, end: () => pool.end() };
}
