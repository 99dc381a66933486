/** The Parquet store: a group of subscribers that write what is on the bus into an archive. Any number of processes may run it side by side. */
import { hostname } from "node:os";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { createTurn } from "../../bus/consume/in-turn.ts";
import { createBus } from "../../bus/create.ts";
import type { AdapterBus } from "../../bus/port/adapter.ts";
import type { Subscription } from "../../bus/port/subscriber.ts";
import { dlqName, type ENVELOPE_TYPES, topicName } from "../../bus/port/topics.ts";
import { ADAPTERS, type BusConfig } from "../../bus/settings.ts";
import { aborted } from "../../lib/aborted.ts";
import { ConfigError } from "../../lib/settings.ts";
import { within } from "../../lib/within.ts";
import { openFiles } from "../archive/open-files.ts";
import type { ArchivePlace } from "../archive/settings.ts";
import { TABLES } from "../columns/tables.ts";
import { openDuckDb } from "../duckdb/open.ts";
import { createBury } from "../group/bury.ts";
import { untilDone } from "../group/until-done.ts";
import { createKeepCompact } from "./keep-compact.ts";
import type { ParquetStoreSettings } from "./settings.ts";
import { createParquetSink, type ParquetSink, type Report } from "./sink.ts";
import { makeWorkFolder } from "./work-folder.ts";

/** What to run. */
export interface ParquetStoreOptions extends ParquetStoreSettings {
  bus: BusConfig;
  archive: ArchivePlace;
  /** Folder for what is under way. */
  dataDir: string;
  /** Aborted: writes what has come, and leaves the group. */
  signal: AbortSignal;
  /** End when the group has nothing left of what this member has, instead of waiting for more. */
  once: boolean;
  report: Report;
  /** Told once it is a member of the group. */
  onReady?: (subscription: Subscription) => void;
}

/** How long a lane that goes, and the end, wait for what is being written, milliseconds. */
const DRAIN_MS = 20_000;
const BLOCK_MS = 500;
const POLL_TIMEOUT_MS = 15_000;
const COMMIT_MS = 1_000;
const LOOK_MS = 200;
/** Records that are handed over at a time. */
const HANDED = 2_000;

/** V8 lets garbage grow to several times what is in use, which is little here beside what passes through. */
const HEAP_GROWS = "--heap-growing-percent=40";

/** Runs until the signal. Rejects with a ConfigError where the bus for it is missing; servers that cannot be had are waited for. */
export async function runParquetStore(options: ParquetStoreOptions): Promise<void> {
  const { bus: config, memoryMb, threads, report, once, compactMinutes } = options;
  refuseBusWithoutPlans(config);
  setFlagsFromString(HEAP_GROWS);
  await using end = new AsyncDisposableStack();
  const fatal = new AbortController();
  const signal = AbortSignal.any([options.signal, fatal.signal]);
  const files = end.adopt(await openFiles(options.archive), (one) => one.close());
  const bus = end.adopt(await createBus({ ...config, place: { ...config.place, slot: undefined } }), (one) => one.close());
  const duckDb = end.adopt(
    await openDuckDb({ memoryMb, threads, givesBack: true, folder: makeWorkFolder(options.dataDir) }),
    (one) => one.close(),
  );
  const inTurn = createTurn();
  const keeping = createKeepCompact({ files, duckDb, inTurn, everyMs: compactMinutes * 60_000, signal, report });
  const sink = createParquetSink({
    ...options,
    duckDb,
    inTurn,
    archive: files,
    // Without dead letters it is passed over, and stays where it is on the bus.
    bury: config.deadLetters ? createBury(bus, config.topics) : async () => {},
    report: {
      ...report,
      stored(key, rows) {
        keeping.wrote(key);
        report.stored(key, rows);
      },
    },
    onFatal: (error) => fatal.abort(error),
  });
  const subscription = await untilDone(() => subscribe(options, bus, sink), "bus", report, signal, isWrongSetting);
  if (subscription !== undefined) {
    sink.attach(subscription);
    options.onReady?.(subscription);
    const compacting = keeping.run();
    await (once ? untilNothingIsLeft(subscription, sink, signal) : aborted(signal));
    // What has come goes along, in bounded time; what does not stays on the bus.
    await within(DRAIN_MS, sink.finish(), () => new Error("late")).catch(() => {});
    await subscription.close();
    if (!once) await compacting;
  }
  await sink.close();
  if (fatal.signal.aborted) throw fatal.signal.reason;
}

async function subscribe(
  { bus: { topics: names, deadLetters }, group }: ParquetStoreOptions,
  bus: AdapterBus,
  sink: ParquetSink,
) {
  const types = TABLES.flatMap((table) => table.types) as (typeof ENVELOPE_TYPES)[number][];
  const topics = types.map((type) => topicName(names, type));
  await bus.open([...topics, ...(deadLetters ? topics.map((topic) => dlqName(names, topic)) : [])]);
  const consumer = `${hostname()}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  const how = { topics, group, consumer, from: "earliest", batchSize: HANDED, blockMs: BLOCK_MS } as const;
  const pace = { pollTimeoutMs: POLL_TIMEOUT_MS, commitEvery: 1, commitIntervalMs: COMMIT_MS, drainMs: DRAIN_MS };
  return bus.subscribe!({ ...how, ...pace }, sink);
}

/** A member that has just joined has no lanes for a moment, and so nothing that would be left. */
async function untilNothingIsLeft(subscription: Subscription, sink: ParquetSink, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const lag = (await subscription.lag().catch(() => undefined)) ?? new Map([["", 1]]);
    if (lag.size > 0 && [...lag.values()].every((left) => left === 0)) return;
    if (lag.size > 0 && sink.isIdle()) await sink.finish();
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}

function refuseBusWithoutPlans({ adapter, place: { publisher } }: BusConfig): void {
  if (adapter.capabilities.subscribe?.plans) return;
  const able = ADAPTERS.filter(({ capabilities }) => capabilities.subscribe?.plans).flatMap(({ names }) => names);
  throw new ConfigError([
    `EVENT_PUBLISHER: expected a bus that keeps the plans of the Parquet store, one of ${able.join(", ")}, got ${publisher}`,
  ]);
}

function isWrongSetting(error: unknown): boolean {
  return error instanceof ConfigError;
}
