/** The store: a group of subscribers that write what is on the bus into Postgres. Any number of processes may run it side by side. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { createBus } from "../../bus/create.ts";
import type { Subscription } from "../../bus/port/subscriber.ts";
import type { BusConfig } from "../../bus/settings.ts";
import { connectPostgres } from "../../eventbus/outbox/connect.ts";
import { aborted } from "../../lib/aborted.ts";
import { ConfigError } from "../../lib/settings.ts";
import { createBury } from "../group/bury.ts";
import { joinStore } from "../group/join.ts";
import { PATIENCE_MS, untilDone } from "../group/until-done.ts";
import { untilNothingIsLeft } from "../group/until-nothing-is-left.ts";
import { migrateStore } from "./migrate.ts";
import type { PostgresStoreSettings } from "./settings.ts";
import { createStoreSink, type Report } from "./sink.ts";
import { keepUp, type Upkeep } from "./upkeep.ts";
import { createWriter } from "./writer.ts";

/** What to run. */
export interface PostgresStoreOptions extends Omit<PostgresStoreSettings, "databaseUrl" | "port"> {
  databaseUrl: string;
  bus: BusConfig;
  /** Aborted: takes no more, ends the write that has begun, and leaves the group. */
  signal: AbortSignal;
  /** End when the group has nothing left of what this member has, instead of waiting for more. */
  once: boolean;
  /** With `once`: how long an outage may last, milliseconds, before it ends with an {@link OutageError}. @default 120,000 */
  patienceMs?: number;
  report: Report & { upkeep(done: Upkeep): void };
  /** Told once it is a member of the group. */
  onReady?: (subscription: Subscription) => void;
}

/** How long a lane that goes waits for what is being written, milliseconds. */
const DRAIN_MS = 10_000;
const BLOCK_MS = 1_000;
const UPKEEP_EVERY_MS = 10 * 60_000;

/** Runs until the signal. Rejects with a ConfigError where a package, or the bus for it, is missing; servers that cannot be had are waited for, with `once` in bounded time. */
export async function runPostgresStore(options: PostgresStoreOptions): Promise<void> {
  const { databaseUrl, bus: config, group, batchSize, lingerMs, report } = options;
  const { from: copyFrom } = await importCopyStreams();
  const connect = () => connectPostgres(databaseUrl);
  const fatal = new AbortController();
  const signal = AbortSignal.any([options.signal, fatal.signal]);
  const patienceMs = options.once ? (options.patienceMs ?? PATIENCE_MS) : undefined;
  const how = { report, signal, patienceMs };
  const bus = await createBus({ ...config, place: { ...config.place, slot: undefined } });
  try {
    if (bus.subscribe === undefined) {
      throw new ConfigError([`EVENT_PUBLISHER: expected a bus that can be subscribed to, and ${config.place.publisher} cannot`]);
    }
    const isMigrated = await untilDone("postgres", () => withClient(connect, migrateStore), how);
    if (!isMigrated) return;
    const writer = createWriter({ connect, copyFrom, group });
    // Without dead letters it is passed over, and stays where it is on the bus.
    const bury = config.deadLetters ? createBury(bus, config.topics) : async () => {};
    const sink = createStoreSink({
      writer,
      bury,
      batchSize,
      lingerMs,
      drainMs: DRAIN_MS,
      report,
      patienceMs,
      onFatal: (error) => fatal.abort(error),
    });
    const pace = { batchSize: Math.min(batchSize, 1_000), blockMs: BLOCK_MS, commitEvery: batchSize, drainMs: DRAIN_MS };
    const join = () => joinStore({ bus, config, group, ...pace }, sink);
    try {
      const subscription = await untilDone("bus", join, how);
      if (subscription !== undefined) await runSubscription(subscription, { ...options, signal }, connect);
    } finally {
      await sink.close();
    }
  } finally {
    await bus.close();
  }
  if (fatal.signal.aborted) throw fatal.signal.reason;
}

/** Until the signal, or until nothing is left. */
async function runSubscription(
  subscription: Subscription,
  options: PostgresStoreOptions,
  connect: () => Promise<Client>,
): Promise<void> {
  options.onReady?.(subscription);
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const keeping = keepOnKeepingUp({ ...options, signal }, connect);
  try {
    const { once, patienceMs = PATIENCE_MS } = options;
    await (once ? untilNothingIsLeft(subscription, { signal, patienceMs }) : aborted(signal));
  } finally {
    await subscription.close();
    ended.abort();
    await keeping;
  }
}

async function importCopyStreams() {
  return import("pg-copy-streams").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new ConfigError(["DATABASE_URL: the store needs packages: npm install pg pg-copy-streams node-pg-migrate"]);
  });
}

async function withClient<T>(connect: () => Promise<Client>, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function keepOnKeepingUp(options: PostgresStoreOptions, connect: () => Promise<Client>): Promise<void> {
  const { signal, report } = options;
  while (!signal.aborted) {
    const done = await untilDone("upkeep", () => withClient(connect, (client) => keepUp(client, options)), { report, signal });
    if (done !== undefined) report.upkeep(done);
    await sleep(UPKEEP_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
