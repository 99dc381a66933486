/** A folder for what a store has under way. What is in it is never needed again: it is on the bus. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { isAlive } from "../../lib/is-alive.ts";

/** Makes one for this process, and removes those that processes left behind that were killed. */
export function makeWorkFolder(dataDir: string): string {
  const root = join(dataDir, "parquet-store");
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(root)) {
    const pid = Number(/^(\d+)-/.exec(name)?.[1] ?? Number.NaN);
    if (pid !== process.pid && Number.isInteger(pid) && !isAlive(pid)) rmSync(join(root, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(root, `${process.pid}-`));
}
