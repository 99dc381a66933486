/** The store: a group of subscribers that write what is on the bus into Postgres. Any number of processes may run it side by side. */
import { hostname } from "node:os";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { createBus } from "../../bus/create.ts";
import type { AdapterBus } from "../../bus/port/adapter.ts";
import type { Subscription } from "../../bus/port/subscriber.ts";
import { dlqName, topicName } from "../../bus/port/topics.ts";
import type { BusConfig } from "../../bus/settings.ts";
import { connectPostgres } from "../../eventbus/outbox/connect.ts";
import { aborted } from "../../lib/aborted.ts";
import { ConfigError } from "../../lib/settings.ts";
import { TABLES } from "../columns/tables.ts";
import { createBury } from "../group/bury.ts";
import { migrateStore } from "./migrate.ts";
import type { PostgresStoreSettings } from "./settings.ts";
import { createStoreSink, type Part, type Report } from "./sink.ts";
import { keepUp, type Upkeep } from "./upkeep.ts";
import { createWriter } from "./writer.ts";

/** What to run. */
export interface PostgresStoreOptions extends Omit<PostgresStoreSettings, "databaseUrl"> {
  databaseUrl: string;
  bus: BusConfig;
  /** Aborted: takes no more, ends the write that has begun, and leaves the group. */
  signal: AbortSignal;
  /** End when the group has nothing left of what this member has, instead of waiting for more. */
  once: boolean;
  report: Report & { upkeep(done: Upkeep): void };
  /** Told once it is a member of the group. */
  onReady?: (subscription: Subscription) => void;
}

/** How long a lane that goes waits for what is being written, milliseconds. */
const DRAIN_MS = 10_000;
const BLOCK_MS = 1_000;
const POLL_TIMEOUT_MS = 15_000;
const COMMIT_MS = 1_000;
const AGAIN_MS = 5_000;
const LOOK_MS = 200;
const UPKEEP_EVERY_MS = 10 * 60_000;

/** Runs until the signal. Rejects with a ConfigError where a package, or the bus for it, is missing; servers that cannot be had are waited for. */
export async function runPostgresStore(options: PostgresStoreOptions): Promise<void> {
  const { databaseUrl, bus: config, group, batchSize, lingerMs, report } = options;
  const { from: copyFrom } = await importCopyStreams();
  const connect = () => connectPostgres(databaseUrl);
  const bus = await createBus({ ...config, place: { ...config.place, slot: undefined } });
  try {
    if (bus.subscribe === undefined) {
      throw new ConfigError([`EVENT_PUBLISHER: expected a bus that can be subscribed to, and ${config.place.publisher} cannot`]);
    }
    const topics = TABLES.flatMap(({ types }) =>
      types.map((type) => topicName(config.topics, type as Parameters<typeof topicName>[1])),
    );
    const isMigrated = await trying(options, "postgres", () => withClient(connect, migrateStore));
    if (!isMigrated) return;
    const writer = createWriter({ connect, copyFrom, group });
    // Without dead letters it is passed over, and stays where it is on the bus.
    const bury = config.deadLetters ? createBury(bus, config.topics) : async () => {};
    const sink = createStoreSink({ writer, bury, batchSize, lingerMs, drainMs: DRAIN_MS, report });
    const subscribe = async (): Promise<Subscription> => {
      await bus.open([...topics, ...(config.deadLetters ? topics.map((topic) => dlqName(config.topics, topic)) : [])]);
      const consumer = `${hostname()}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
      const how = { topics, group, consumer, from: "earliest", blockMs: BLOCK_MS, pollTimeoutMs: POLL_TIMEOUT_MS } as const;
      const pace = {
        batchSize: Math.min(batchSize, 1_000),
        commitEvery: batchSize,
        commitIntervalMs: COMMIT_MS,
        drainMs: DRAIN_MS,
      };
      return (bus as Required<Pick<AdapterBus, "subscribe">>).subscribe({ ...how, ...pace }, sink);
    };
    try {
      const subscription = await trying(options, "bus", subscribe);
      if (subscription !== undefined) await runSubscription(subscription, options, connect);
    } finally {
      await sink.close();
    }
  } finally {
    await bus.close();
  }
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
    await (options.once ? untilNothingIsLeft(subscription, signal) : aborted(signal));
  } finally {
    await subscription.close();
    ended.abort();
    await keeping;
  }
}

/** A member that has just joined has no lanes for a moment, and so nothing that would be left. */
async function untilNothingIsLeft(subscription: Subscription, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const lag = await subscription.lag().catch(() => new Map([["", 1]]));
    if (lag === undefined) throw new ConfigError(["EVENT_PUBLISHER: expected a bus that can tell what is left, for --once"]);
    if (lag.size > 0 && [...lag.values()].every((left) => left === 0)) return;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
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

/** Until it succeeds; undefined where the signal comes first. A setting that is wrong is no outage. */
async function trying<T>({ signal, report }: PostgresStoreOptions, part: Part, work: () => Promise<T>): Promise<T | undefined> {
  for (let failed = false; !signal.aborted;) {
    try {
      const result = await work();
      if (failed) report.fault(part, undefined);
      return result;
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      if (!failed) report.fault(part, error as Error);
      failed = true;
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  }
  return undefined;
}

async function keepOnKeepingUp(options: PostgresStoreOptions, connect: () => Promise<Client>): Promise<void> {
  const { signal, report } = options;
  while (!signal.aborted) {
    const done = await trying(options, "upkeep", () => withClient(connect, (client) => keepUp(client, options)));
    if (done !== undefined) report.upkeep(done);
    await sleep(UPKEEP_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
