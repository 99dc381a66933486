/** Opens a SQLite file of the relay's: durable writes, checked for damage, held by one process. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { syncFolder } from "./sync-folder.ts";

/** A file of state is damaged, or another process holds it. The message says what to do. */
export class StateError extends Error {
  override readonly name: string = "StateError";
}

/** The disk is full: nothing of what was asked is done, and the same may be asked again once there is room. */
export class StoreFull extends StateError {
  override readonly name = "StoreFull";
  readonly code = "store_full";
}

/**
 * The system did not say whether a write is on the disk (a failed fsync, an I/O error). Trying again would prove nothing, since the
 * system may have dropped what it could not write: the process must end, and the next one reads what is there.
 */
export class StoreFailed extends StateError {
  override readonly name = "StoreFailed";
  readonly code = "store_failed";
}

/**
 * Opens `file`, made where it is missing. Each commit is on the disk when it returns (WAL, synchronous=FULL). A damaged file throws a
 * {@link StateError}; it is never replaced by an empty one, since an empty store forgets what was published.
 */
export function openDatabase(file: string, schema: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    const db = new DatabaseSync(file, { timeout: 10_000 });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;");
    const verdict = Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
    if (verdict !== "ok") throw new Error(String(verdict));
    db.exec(schema);
    syncFolder(dirname(file));
    return db;
  } catch (cause) {
    throw new StateError(
      `${file} cannot be used: ${(cause as Error).message}. Put back a copy, or move it away and start again; \`sightline dedup rebuild\` rebuilds relay.db`,
      {
        cause,
      },
    );
  }
}

/**
 * Holds a folder for this process until it ends, however it ends; `holder` says who may, in the message of the error. Throws a {@link StateError} where another process still holds it after
 * `patienceMs`.
 */
export function holdFolder(lockFile: string, patienceMs = 2_000, holder = "relay: expected one relay a DATA_DIR"): DatabaseSync {
  mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(lockFile, { timeout: patienceMs });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock.close();
    throw new StateError(`${dirname(lockFile)} is in use by another ${holder}`, { cause });
  }
}

/** Runs `work` in one transaction: all of it is on the disk when this returns, or nothing is. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
