/**
 * The relay's state in DATA_DIR: can it be written, is it whole, is there room? A relay that runs has it open and checks it by itself;
 * where none does, the store is opened as the next start would open it, and read through.
 */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Counter, readCounters, STATE_FILE, totals } from "../../state/counters.ts";
import { KEY_VERSION, OLD_KEYS } from "../../state/key-hash.ts";
import { holdFolder, StateError } from "../../lib/database.ts";
import { LOG_FOLDER, openStore } from "../../state/open-store.ts";
import { refuseHalfRebuilt } from "../../state/swap-store.ts";
import type { Config } from "../../service/settings/config.ts";
import { type Finding, findings } from "../../bus/port/finding.ts";
import { formatNumber } from "../../lib/format-number.ts";

const { ok, warn, fail } = findings("store");
/** Bytes free under which the next hours are at risk, and under which the next round is. */
const WARN_BYTES = 2 * 1024 ** 3;
const FAIL_BYTES = 100 * 1024 ** 2;

/** A relay that runs does not let go of its lock. */
const LOCK_PATIENCE_MS = 200;

/** Looks at DATA_DIR. */
export async function checkStore({ service: { dataDir } }: Pick<Config, "service">): Promise<Finding[]> {
  const folder = resolve(dataDir);
  const there = existingAbove(folder);
  try {
    if (!statSync(there).isDirectory()) return [fail(`${there} is no folder`, "set DATA_DIR to a folder")];
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [fail(`${there} cannot be written`, "give the user that runs the relay the folder DATA_DIR, or set another")];
  }
  return [await state(folder), room(there)];
}

async function state(folder: string): Promise<Finding> {
  if (!existsSync(folder)) return ok(`nothing in ${folder} yet: the relay makes it at its first start`);
  try {
    refuseHalfRebuilt(folder);
    const lock = holdIfFree(folder);
    if (!lock) return ok(`a relay has ${folder} open: ${figures(readCounters(folder) ?? [])}`);
    try {
      return await wholeness(folder);
    } finally {
      lock.close();
    }
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return fail(error.message, "stop the relay; put back a copy of DATA_DIR, or run sightline dedup rebuild");
  }
}

function holdIfFree(folder: string): { close(): void } | undefined {
  try {
    return holdFolder(join(folder, "relay.lock"), LOCK_PATIENCE_MS);
  } catch (error) {
    if (error instanceof StateError) return undefined;
    throw error;
  }
}

async function wholeness(folder: string): Promise<Finding> {
  const isNew = !existsSync(join(folder, STATE_FILE)) && !existsSync(join(folder, LOG_FOLDER));
  if (isNew) return ok(`nothing in ${folder} yet: the relay makes it at its first start`);
  const store = openStore(folder);
  // What the store waits for between two files does not keep a process.
  const alive = setInterval(() => {}, 1_000);
  try {
    await store.scrub(Number.POSITIVE_INFINITY);
    const found = `the store in ${folder} is whole: ${formatNumber(store.size().keys)} keys, ${figures(store.counters())}`;
    return store.keys.version === KEY_VERSION ? ok(found) : warn(found, OLD_KEYS);
  } finally {
    clearInterval(alive);
    store.close();
  }
}

function figures(counters: Counter[]): string {
  const { taken, delivered, held } = totals(counters);
  return `${formatNumber(taken)} taken, ${formatNumber(delivered)} delivered, ${formatNumber(held)} held`;
}

function room(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const found = `${(free / 1024 ** 3).toFixed(1)} GiB free at ${folder}`;
  if (free < FAIL_BYTES) return fail(found, "make room: a relay without any takes nothing, and the queue keeps the events");
  if (free < WARN_BYTES) return warn(found, "make room before it is needed");
  return ok(found);
}

/** The folder, or the nearest one above it that is there. */
function existingAbove(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : existingAbove(dirname(folder));
}
