/**
 * Puts a rebuilt store in the place of a damaged one. The old files are moved aside, never deleted. While that is under way a folder
 * `rebuild.swap` says so, and a relay refuses to start: with half of either store it would publish again what it has forgotten.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { syncFolder } from "../lib/sync-folder.ts";
import { STATE_FILE } from "./counters.ts";
import { StateError } from "../lib/database.ts";

/** Where a store is rebuilt. Nothing there counts until it is whole. */
const BUILDING = "rebuild.new";
const SWAPPING = "rebuild.swap";

/** Files that SQLite keeps beside a database. */
const BESIDE = ["-wal", "-shm", "-journal"].map((ending) => STATE_FILE + ending);

/** Throws a {@link StateError} where a rebuilt store was not put in its place to the end. */
export function refuseHalfRebuilt(dataDir: string): void {
  if (existsSync(join(dataDir, SWAPPING))) {
    throw new StateError(`a rebuild of ${dataDir} was cut short: run sightline dedup rebuild again before the relay`);
  }
}

/** An empty folder to build the new store in. */
export function buildingFolder(dataDir: string): string {
  const folder = join(dataDir, BUILDING);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Puts the built store in place. Returns the folder to which the old files were moved; undefined where there were none. */
export function swapStore(dataDir: string, now: Date): string | undefined {
  const swapping = join(dataDir, SWAPPING);
  const aside = join(dataDir, `aside-${now.toISOString().replaceAll(/[:.]/g, "-")}`);
  const moveAside = (name: string): void => {
    if (!existsSync(join(dataDir, name))) return;
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    renameSync(join(dataDir, name), join(aside, name));
  };
  // What an earlier swap left undone is older than what was built now.
  moveAside(SWAPPING);
  renameSync(join(dataDir, BUILDING), swapping);
  syncFolder(dataDir);
  const names = readdirSync(swapping);
  for (const name of [...BESIDE, ...names]) moveAside(name);
  for (const name of names) renameSync(join(swapping, name), join(dataDir, name));
  if (existsSync(aside)) syncFolder(aside);
  syncFolder(dataDir);
  rmdirSync(swapping);
  syncFolder(dataDir);
  return existsSync(aside) ? aside : undefined;
}
