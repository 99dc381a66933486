/** The Parquet store: a group of subscribers that write what is on the bus into an archive. Any number of processes may run it side by side. */
import { setFlagsFromString } from "node:v8";
import { createTurn } from "../../bus/consume/in-turn.ts";
import { createBus } from "../../bus/create.ts";
import type { Subscription } from "../../bus/port/subscriber.ts";
import { ADAPTERS, type BusConfig } from "../../bus/settings.ts";
import { aborted } from "../../lib/aborted.ts";
import { ConfigError } from "../../lib/settings.ts";
import { within } from "../../lib/within.ts";
import { openFiles } from "../archive/open-files.ts";
import type { ArchivePlace } from "../archive/settings.ts";
import { openDuckDb } from "../duckdb/open.ts";
import { createBury } from "../group/bury.ts";
import { joinStore } from "../group/join.ts";
import { PATIENCE_MS, untilDone } from "../group/until-done.ts";
import { untilNothingIsLeft } from "../group/until-nothing-is-left.ts";
import { createKeepCompact } from "./keep-compact.ts";
import type { ParquetStoreSettings } from "./settings.ts";
import { createParquetSink } from "./sink.ts";
import { makeWorkFolder } from "./work-folder.ts";
import type { Report } from "./write-batch.ts";

/** What to run. */
export interface ParquetStoreOptions extends Omit<ParquetStoreSettings, "port"> {
  bus: BusConfig;
  archive: ArchivePlace;
  /** Folder for what is under way. */
  dataDir: string;
  /** Aborted: writes what has come, and leaves the group. */
  signal: AbortSignal;
  /** End when the group has nothing left of what this member has, instead of waiting for more. */
  once: boolean;
  /** With `once`: how long an outage may last, milliseconds, before it ends with an {@link OutageError}. @default 120,000 */
  patienceMs?: number;
  report: Report;
  /** Told once it is a member of the group. */
  onReady?: (subscription: Subscription) => void;
}

/** How long a lane that goes, and the end, wait for what is being written, milliseconds. */
const DRAIN_MS = 20_000;
const BLOCK_MS = 500;
/** Records that are handed over at a time. */
const HANDED = 2_000;

/** V8 lets garbage grow to several times what is in use, which is little here beside what passes through. */
const HEAP_GROWS = "--heap-growing-percent=40";

/** Runs until the signal. Rejects with a ConfigError where the bus for it is missing; servers that cannot be had are waited for, with `once` in bounded time. */
export async function runParquetStore(options: ParquetStoreOptions): Promise<void> {
  const { bus: config, memoryMb, threads, report, once, group, compactMinutes } = options;
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
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
    patienceMs: once ? patienceMs : undefined,
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
  const pace = { batchSize: HANDED, blockMs: BLOCK_MS, commitEvery: 1, drainMs: DRAIN_MS };
  const join = () => joinStore({ bus, config, group, ...pace }, sink);
  const subscription = await untilDone("bus", join, { report, signal, patienceMs: once ? patienceMs : undefined });
  if (subscription === undefined) return;
  try {
    sink.attach(subscription);
    options.onReady?.(subscription);
    const compacting = keeping.run();
    const onLook = async (): Promise<void> => (sink.isIdle() ? sink.finish() : undefined);
    await (once ? untilNothingIsLeft(subscription, { signal, patienceMs, onLook }) : aborted(signal));
    // What has come goes along, in bounded time; what does not stays on the bus.
    await within(DRAIN_MS, sink.finish(), () => new Error("late")).catch(() => {});
    if (!once) await compacting;
  } finally {
    await subscription.close();
    await sink.close();
  }
  if (fatal.signal.aborted) throw fatal.signal.reason;
}

function refuseBusWithoutPlans({ adapter, place: { publisher } }: BusConfig): void {
  if (adapter.capabilities.subscribe?.plans) return;
  const able = ADAPTERS.filter(({ capabilities }) => capabilities.subscribe?.plans).flatMap(({ names }) => names);
  throw new ConfigError([
    `EVENT_PUBLISHER: expected a bus that keeps the plans of the Parquet store, one of ${able.join(", ")}, got ${publisher}`,
  ]);
}
