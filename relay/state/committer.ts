import { StateError, StoreFull } from "../lib/database.ts";
import { diskError } from "./log/disk.ts";
import type { StateChange } from "./state-rows.ts";
import type { StateDb } from "./state-db.ts";
import type { PendingChanges } from "./pending-changes.ts";

/** For how long what was settled waits for a claim to ride on, milliseconds. */
const LAZY_MS = 100;

/** Commits to the state database, with what waits for it, and what becomes of the store when that fails. */
export interface Committer {
  /** Runs what touches the disk. A damaged file or a failed disk is the end of the store, a full disk is not. */
  guarded<T>(work: () => T): T;
  /** Commits a change and everything that waits. Within {@link guarded}. */
  commit(change: StateChange): void;
  /** Commits what waits. Throws a StoreFull where the disk is full, and leaves it waiting. */
  flush(): void;
  /** The same in a moment, unless a commit comes first. */
  flushSoon(): void;
  stop(): void;
}

interface CommitterOptions {
  db: StateDb;
  pending: PendingChanges;
  /** What is said to be full or failing. */
  dataDir: string;
  onBroken: ((error: StateError) => void) | undefined;
}

/** Makes the committer. */
export function createCommitter({ db, pending, dataDir, onBroken }: CommitterOptions): Committer {
  let broken: StateError | undefined;
  let timer: NodeJS.Timeout | undefined;

  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const breakBy = (error: StateError): void => {
    if (broken) return;
    broken = error;
    onBroken?.(error);
  };
  const guarded = <T>(work: () => T): T => {
    if (broken) throw broken;
    try {
      return work();
    } catch (cause) {
      const error = diskError(cause, dataDir);
      if (error instanceof StateError && !(error instanceof StoreFull)) breakBy(error);
      throw error;
    }
  };
  const commit = (change: StateChange): void => {
    const { ended = [], segments = [], voids = [], counters = [] } = pending.get();
    db.commit({
      ...change,
      ended: [...ended, ...(change.ended ?? [])],
      segments: [...segments, ...(change.segments ?? [])],
      voids: [...voids, ...(change.voids ?? [])],
      counters: [...counters, ...(change.counters ?? [])],
    });
    pending.clear();
    stop();
  };
  const flush = (): void => {
    if (!pending.isEmpty) guarded(() => commit({}));
  };
  const flushLate = (): void => {
    timer = undefined;
    try {
      flush();
    } catch (error) {
      // A broken store was told by `onBroken`; without room what waits is true all the same, and the next claim tells who can wait.
      if (!(error instanceof StateError)) throw error;
    }
  };
  return { guarded, commit, flush, flushSoon: () => void (timer ??= setTimeout(flushLate, LAZY_MS).unref()), stop };
}
