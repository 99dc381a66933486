/**
 * The store on the disk: a key log (the folder `keys`) and the state database (relay.db). A claim is a block that is synced in the log, then one
 * commit of the state database; what was settled or released before rides on that commit.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createClaimer } from "./claimer.ts";
import { createCounterTable } from "./counter-table.ts";
import { STATE_FILE } from "./counters.ts";
import { StateError, StoreFull } from "../lib/database.ts";
import { type Disk, realDisk } from "./log/disk.ts";
import { createCommitter, type Committer } from "./committer.ts";
import { type KeyLog, openKeyLog } from "./log/key-log.ts";
import { openStateDb } from "./state-db.ts";
import { createKeys } from "./keys.ts";
import { createLookup } from "./lookup.ts";
import { createPendingChanges } from "./pending-changes.ts";
import { RECORD_BYTES } from "./log/record.ts";
import { scrubLog } from "./log/scrub.ts";
import type { Store } from "./store.ts";
import { createUnderWay } from "./under-way.ts";

const SCRUB_BYTES_PER_SECOND = 8 * 1024 * 1024;
/** Within DATA_DIR. */
export const LOG_FOLDER = "keys";

/** How the store is opened. */
export interface StoreOptions {
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
  /** @default the machine's */
  disk?: Disk;
  /** Is told once when a file is damaged or the disk has failed: the store takes nothing any more, and the process is to end. */
  onBroken?: (error: StateError) => void;
  /** Records of one file of the log, about. @default 131072 */
  segmentSlots?: number;
  /** How long one file of the log is written to, milliseconds. @default 86400000 */
  segmentMs?: number;
  /** Keys and messages that it can hold. @default 2 ** 32 */
  places?: number;
}

/** Opens the store in DATA_DIR. Throws a StateError where a file is damaged, missing, or of an earlier version. */
export function openStore(dataDir: string, options: StoreOptions = {}): Store {
  const { now = Date.now, disk = realDisk, onBroken, segmentSlots = 2 ** 17, segmentMs = 86_400_000, places } = options;
  const folder = join(dataDir, LOG_FOLDER);
  const file = join(dataDir, STATE_FILE);
  refuseHalf(file, folder);
  const db = openStateDb(file, disk);
  const { start, storeId, keyVersion, ...last } = db.numbers();
  const salt = String(storeId);
  const keys = createKeys(salt, keyVersion);
  const voids = new Map(db.voids().map(({ seq, segment }) => [seq, segment]));
  const log = orClose(db, () =>
    openKeyLog({
      folder,
      rows: db.segments(),
      start,
      storeId,
      disk,
      voids,
      now,
      segmentSlots,
      segmentMs,
      ...(places && { places }),
    }),
  );
  const counters = createCounterTable(db.counters());
  const pending = createPendingChanges();
  const underWay = createUnderWay(db.batches(), log);
  const committer = createCommitter({ db, pending, dataDir, onBroken });
  const lookup = createLookup({ log, db, voids, underWay, keys });
  const closing = new AbortController();
  const index = indexer(log, committer, closing.signal);
  const claimer = createClaimer({ log, committer, counters, pending, underWay, voids, now, keys, salt, last, onNewFile: index });
  const { guarded } = committer;
  index();

  return {
    ...claimer,
    salt,
    keys,
    marker: (key, at) => guarded(() => lookup.marker(key, at)),
    message: (ref) => guarded(() => lookup.message(ref)),
    flush: committer.flush,
    underWay: () =>
      underWay.all().map(({ row: { number, claimedAt, receipt, records } }) => ({
        number,
        claimedAt,
        ...(receipt !== undefined && { receipt }),
        ...(records && { records }),
      })),
    counters: counters.all,
    size: () => sizeOf(log),
    prune: (before) => prune(before, { log, committer, voids, limit: underWay.lowest() }),
    async scrub(bytesPerSecond = SCRUB_BYTES_PER_SECOND) {
      try {
        return await scrubLog(log, bytesPerSecond, closing.signal);
      } catch (error) {
        return guarded((): never => {
          throw error;
        });
      }
    },
    close() {
      closing.abort();
      committer.stop();
      try {
        committer.flush();
      } catch (error) {
        // What was settled and cannot be written is asked of the bus at the next start.
        if (!(error instanceof StoreFull)) throw error;
      } finally {
        log.close();
        db.close();
      }
    },
  };
}

/** A log without its state database is not a new store. */
function refuseHalf(file: string, folder: string): void {
  if (existsSync(file) || !existsSync(folder)) return;
  if (readdirSync(folder).some((name) => name.endsWith(".log")))
    throw new StateError(
      `${file} is missing, and ${folder} is there: expected both, or neither. Put back a copy of the whole DATA_DIR, or run \`sightline dedup rebuild\``,
    );
}

function orClose<T>(db: { close(): void }, work: () => T): T {
  try {
    return work();
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Writes missing indexes one at a time, between other work. They only spare time at the next start. */
function indexer(log: KeyLog, { guarded }: Committer, signal: AbortSignal): () => void {
  const next = (): void => {
    if (signal.aborted) return;
    try {
      if (guarded(() => log.writeIndex())) setImmediate(next);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
    }
  };
  return () => void setImmediate(next);
}

function sizeOf({ segments, table }: KeyLog): ReturnType<Store["size"]> {
  const sum = (of: "keys" | "slots") => segments.reduce((total, segment) => total + segment[of], 0);
  return {
    keys: sum("keys"),
    files: segments.length,
    newest: Math.max(0, ...segments.map(({ newest }) => newest)),
    bytes: sum("slots") * RECORD_BYTES,
    memoryBytes: table.bytes(),
  };
}

/** Forgets by whole files, and within the first by whole blocks. */
function prune(
  before: number,
  { log, committer, voids, limit }: { log: KeyLog; committer: Committer; voids: Map<number, number>; limit: number },
): void {
  try {
    committer.guarded(() => {
      const start = log.startFor(before, limit);
      committer.commit({ state: { start } });
      log.dropBefore(start);
      for (const [seq, segment] of voids) if (segment < start.segment) voids.delete(seq);
    });
  } catch (error) {
    // Without room to write that it forgets, it forgets the next time.
    if (!(error instanceof StoreFull)) throw error;
  }
}
