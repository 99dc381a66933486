/** What the key log and the state database ask of the disk, and what its errors mean. */
import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { syncFolder } from "../../lib/sync-folder.ts";
import { StateError, StoreFailed, StoreFull } from "../../lib/database.ts";

/** The disk. Each method throws what the system says; {@link diskError} tells what that means. */
export interface Disk {
  /** Opens a file; `create` makes it, and empties one that is there. */
  open(file: string, mode: "read" | "write" | "create"): number;
  close(handle: number): void;
  size(handle: number): number;
  /** Reads until `bytes` is full or the file ends; returns how many. */
  read(handle: number, bytes: Uint8Array, position: number): number;
  /** Writes all of `bytes`. */
  write(handle: number, bytes: Uint8Array, position: number): void;
  truncate(handle: number, size: number): void;
  /** Returns when what was written is on the disk. */
  sync(handle: number): void;
  /** The same for the names in a folder. */
  syncFolder(folder: string): void;
  /** Removes a file where it is there. */
  remove(file: string): void;
  commit(db: DatabaseSync): void;
}

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
};

/** The machine's disk. */
export const realDisk: Disk = {
  open: (file, mode) => openSync(file, FLAGS[mode], 0o600),
  close: (handle) => closeSync(handle),
  size: (handle) => fstatSync(handle).size,
  read(handle, bytes, position) {
    let done = 0;
    while (done < bytes.length) {
      const n = readSync(handle, bytes, done, bytes.length - done, position + done);
      if (n === 0) break;
      done += n;
    }
    return done;
  },
  write(handle, bytes, position) {
    let done = 0;
    while (done < bytes.length) done += writeSync(handle, bytes, done, bytes.length - done, position + done);
  },
  truncate: (handle, size) => ftruncateSync(handle, size),
  sync: (handle) => fdatasyncSync(handle),
  syncFolder,
  remove: (file) => rmSync(file, { force: true }),
  commit: (db) => db.exec("COMMIT"),
};

/** No room: of the disk, of a quota, or of a limit on a file's size. */
const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
/** https://www.sqlite.org/rescode.html#full */
const SQLITE_FULL = 13;
/** The low byte of every I/O error, and what SQLite says of a damaged file. https://www.sqlite.org/rescode.html */
const SQLITE_IOERR = 10;
const SQLITE_DAMAGED = new Set([11, 26]);

/** What an error of the disk means for whoever asked: {@link StoreFull}, {@link StoreFailed}, or the error as it is. */
export function diskError(cause: unknown, what: string): unknown {
  if (cause instanceof StateError) return cause;
  const { code = "", errcode = 0, syscall, message } = cause as NodeJS.ErrnoException & { errcode?: number };
  // A sync that fails has lost what it was to write, whatever the reason it gives.
  const isSync = syscall === "fsync" || syscall === "fdatasync";
  if (!isSync && (FULL.has(code) || errcode === SQLITE_FULL)) {
    return new StoreFull(`the disk has no room for ${what}: ${message}. Make room; the relay goes on by itself`, { cause });
  }
  if (isSync || (code !== "" && syscall !== undefined) || (errcode & 0xff) === SQLITE_IOERR) {
    return new StoreFailed(`${what} could not be written: ${message}. Look at the disk, then start the relay again`, { cause });
  }
  if (SQLITE_DAMAGED.has(errcode & 0xff)) {
    return new StateError(
      `${what} is damaged: ${message}. Put back a copy of the whole DATA_DIR, or run \`sightline dedup rebuild\``,
      {
        cause,
      },
    );
  }
  return cause;
}
