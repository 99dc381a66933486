/** The relay's state in DATA_DIR: can it be written, is it whole, is there room? It is read only, so a relay may run meanwhile. */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readCounters, STATE_FILE, totals } from "../dedup/counters.ts";
import type { Config } from "../settings.ts";
import { type Finding, findings } from "./finding.ts";

const { ok, warn, fail } = findings("store");
/** Bytes free under which the next hours are at risk, and under which the next round is. */
const WARN_BYTES = 2 * 1024 ** 3;
const FAIL_BYTES = 100 * 1024 ** 2;

/** Looks at DATA_DIR. */
export function checkStore({ DATA_DIR }: Pick<Config, "DATA_DIR">): Finding[] {
  const folder = resolve(DATA_DIR);
  const there = existingAbove(folder);
  try {
    if (!statSync(there).isDirectory()) return [fail(`${there} is no folder`, "set DATA_DIR to a folder")];
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [fail(`${there} cannot be written`, "give the user that runs the relay the folder DATA_DIR, or set another")];
  }
  return [state(folder), room(there)];
}

function state(folder: string): Finding {
  const file = join(folder, STATE_FILE);
  if (!existsSync(file)) return ok(`nothing in ${folder} yet: the relay makes it at its first start`);
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    try {
      const verdict = Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
      if (verdict !== "ok") throw new Error(String(verdict));
    } finally {
      db.close();
    }
    const { taken, delivered, held } = totals(readCounters(folder) ?? []);
    return ok(`${file} is whole: ${count(taken)} taken, ${count(delivered)} delivered, ${count(held)} held`);
  } catch (error) {
    const advice = "stop the relay, put back a copy of DATA_DIR, or move it away and run sightline dedup rebuild";
    return fail(`${file} is damaged: ${(error as Error).message}`, advice);
  }
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

function count(n: number): string {
  return n.toLocaleString("en-GB");
}
