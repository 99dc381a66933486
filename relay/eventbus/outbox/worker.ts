/**
 * Publishes what is in the outbox, by several workers. A worker claims rows in a transaction, publishes them, and marks them as published
 * after the bus has confirmed them; one that dies in between gives them up with its connection, and they are published again, under the ids
 * that they have. Any number of processes may do this side by side.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { failPoint } from "../../lib/fail-point.ts";
import type { StreamPublisher } from "../port/stream-publisher.ts";
import { type Claim, claimRows } from "./claim.ts";
import { connectPostgres } from "./connect.ts";
import { cleanOutbox } from "./operate.ts";
import { createPauses, type Pauses } from "./pauses.ts";
import { publishRows } from "./publish-rows.ts";
import { settleRows } from "./settle-rows.ts";
import type { OutboxSettings } from "./settings.ts";
import { createWakeUp, type WakeUp } from "./wake-up.ts";

/** Between two tries to have the database, and between two cleanings: milliseconds. */
const AGAIN_MS = 1_000;
const CLEAN_EVERY_MS = 60_000;
/** How long a worker waits for another that has what it could have taken. */
const OTHERS_MS = 50;

/** What to run. */
export interface WorkerOptions extends Omit<OutboxSettings, "databaseUrl"> {
  databaseUrl: string;
  bus: StreamPublisher;
  /** End when there is nothing more to do, instead of waiting for more; what the bus cannot take now stays. */
  once: boolean;
  /** Aborted: workers begin nothing more, mark what they have published, and end. */
  signal: AbortSignal;
  report: Report;
}

/** Takes what there is to tell. */
export interface Report {
  /** So many more rows are done. */
  count(what: "published" | "failed" | "deferred" | "cleaned", rows: number): void;
  /** Something is at fault, and tried again. */
  fault(message: string): void;
}

/** Runs the workers. Rejects where the database cannot be had and `once` is set; else that is told and tried again. */
export async function runOutbox(options: WorkerOptions): Promise<void> {
  const { databaseUrl, workers, once, claimMs, signal } = options;
  const ended = new AbortController();
  const wakeUp = once ? NEVER : createWakeUp(() => connectPostgres(databaseUrl), AbortSignal.any([signal, ended.signal]));
  const shared = { ...options, pauses: createPauses(), wakeUp };
  const connect = (): Promise<Client> => connectPostgres(databaseUrl, { idleInTransactionMs: claimMs });
  const jobs = [
    ...Array.from({ length: workers }, () => (client: Client) => work(client, shared)),
    (client: Client) => clean(client, shared),
  ];
  try {
    await Promise.all(jobs.map((job) => keepOn(connect, job, shared)));
  } finally {
    ended.abort();
  }
}

const NEVER: WakeUp = { calls: 0, wait: async () => {} };

interface Shared extends WorkerOptions {
  pauses: Pauses;
  wakeUp: WakeUp;
}

/** Does a job to its end, on a new connection whenever it loses its own. */
async function keepOn(
  connect: () => Promise<Client>,
  job: (client: Client) => Promise<void>,
  { once, signal, report }: Shared,
): Promise<void> {
  for (let done = false; !done && !signal.aborted;) {
    let client: Client | undefined;
    try {
      client = await connect();
      await job(client);
      done = true;
    } catch (error) {
      if (once) throw explained(error as Error);
      report.fault(explained(error as Error).message);
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
    } finally {
      await client?.end().catch(() => {});
    }
  }
}

const NO_SUCH_TABLE = "42P01";

function explained(error: Error & { code?: string }): Error {
  return error.code === NO_SUCH_TABLE
    ? new Error(`${error.message}: sightline outbox migrate makes it`, { cause: error })
    : error;
}

async function work(client: Client, { pauses, wakeUp, pollMs, once, signal, ...options }: Shared): Promise<void> {
  while (!signal.aborted) {
    const { calls } = wakeUp;
    const { rows, othersWork } = await workOnce(client, { pauses, signal, ...options });
    if (rows.length > 0) continue;
    if (othersWork) await sleep(OTHERS_MS, undefined, { signal }).catch(() => {});
    else if (once) return;
    else await wakeUp.wait(calls, Math.min(pollMs, pauses.next() ?? pollMs));
  }
}

type BatchOptions = Pick<Shared, "bus" | "batchSize" | "claimMs" | "pauses" | "signal" | "report">;

/** Claims, publishes and settles one batch; resolves with what was claimed. */
async function workOnce(client: Client, { bus, batchSize, claimMs, pauses, signal, report }: BatchOptions): Promise<Claim> {
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  const claim = await claimRows(client, batchSize, pauses.streams());
  const { rows } = claim;
  // The claim ends before Postgres ends it: what was published is then still marked.
  const latest = performance.now() + claimMs / 2;
  const done = await publishRows(rows, { bus, pauses, mayGoOn: () => !signal.aborted && performance.now() < latest });
  if (rows.length > 0) failPoint("after_publish");
  await settleRows(client, done);
  await client.query("COMMIT");
  report.count("published", done.published.length);
  report.count("failed", done.refused.length);
  report.count("deferred", done.deferred.length);
  for (const { row, reason } of done.deferred.slice(0, 1)) report.fault(`${row.stream}: ${reason}`);
  return claim;
}

async function clean(client: Client, { retentionHours, once, signal, report }: Shared): Promise<void> {
  while (!signal.aborted) {
    report.count("cleaned", await cleanOutbox(client, retentionHours));
    if (once) return;
    await sleep(CLEAN_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
