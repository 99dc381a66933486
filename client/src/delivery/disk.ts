/**
 * Keeps the events of a tab in IndexedDB, as far as that can be had: one transaction after the other, each for all that has come up since. Where
 * it fails, memory is all there is, and the disk is tried again later.
 */
import { attempt } from "../lib/attempt.ts";
import { drop } from "../lib/local.ts";
import { createExchange, WRITES, type Exchanged } from "./exchange.ts";
import type { EventRecord } from "./record.ts";
import type { DropCause } from "./stats.ts";
import { startOver, trim, type Tab } from "./tab.ts";
import { createTransact } from "./transact.ts";

/** After a failure the disk is tried again, at most this often. */
const TRY_AGAIN_MS = 60_000;

/** A browser that clears its storage also ends what is opened for as long as it does so: that is tried again a few times. */
const CLEARING_MS = 5_000;

/** What the disk needs to know, and whom it tells. */
export interface DiskOptions {
  /** Tells the queues of one origin apart. */
  name: string;
  /** Keys of spills begin with this. */
  prefix: string;
  tab: Tab;
  /** False before consent, and while the page is away. */
  mayUse: () => boolean;
  onDrop: (cause: DropCause, n: number) => void;
  /** IndexedDB failed, did not respond, or is not there. */
  onBlocked: (cause: unknown) => void;
  /** Events of an earlier page, or of another tab that has gone, are this page's now. */
  onAdopt: () => void;
}

/** Makes it; nothing is opened before the first `sync` that may use it. */
export function createDisk(options: DiskOptions) {
  const { name, tab } = options;
  const { unsaved } = tab;
  const database = createTransact(name, onWiped, onUnsure);
  const exchange = createExchange({ tab, prefix: options.prefix, mayTake: options.mayUse, onReplaced });
  /** How often everything was deleted: by others, and by a denial. */
  let wipes = 0;
  let wipedAt = -Infinity;
  let blockedUntil = 0;
  let syncing = Promise.resolve();
  /** The look that has not begun yet, which does for all who ask for one until then. */
  let next: Promise<void> | undefined;
  let isTaking: unknown;

  const isBlocked = (): boolean => blockedUntil > 0;

  /** What was written is there no more, or is nobody's: memory has all of it. */
  function writeAgain(): void {
    tab.kept = [];
    for (const event of tab.events) unsaved.add(event);
  }

  function onReplaced(): void {
    wipes++;
    wipedAt = performance.now();
    writeAgain();
  }

  /** What is on the disk, taken over by now or not, is left to whoever comes next. */
  function onUnsure(): void {
    startOver(tab, tab.events);
    writeAgain();
  }

  /** Somebody has deleted the database, or the browser has. A denial is told otherwise. */
  function onWiped(): void {
    onReplaced();
    blockedUntil = 0;
    if (tab.events.size > 0) void sync();
  }

  /**
   * Writes what is not on the disk yet, and renews the claim; with `taking` it takes over what tabs that have gone have left. One look at
   * the disk after the other: a burst of events makes one.
   */
  function sync(taking?: boolean): Promise<void> {
    isTaking ||= taking;
    return (next ??= syncing = syncing.then(syncOnce));
  }

  async function syncOnce(): Promise<void> {
    const taking = isTaking;
    next = isTaking = undefined;
    const isUsable = options.mayUse();
    if (isUsable && performance.now() >= blockedUntil) await transact(taking);
    for (const [cause, n] of Object.entries(trim(tab))) {
      options.onDrop(cause as DropCause, n);
      void sync();
    }
    if (isUsable && unsaved.size > 0 && !isBlocked()) void sync();
  }

  async function transact(taking: unknown): Promise<void> {
    const put = [...unsaved].slice(0, WRITES);
    const [wipesBefore, denialsBefore] = [wipes, tab.denials];
    try {
      const exchanged = await database.transact((store) => exchange(store, put, taking));
      blockedUntil = 0;
      if (tab.denials === denialsBefore) settle(exchanged, put, wipes !== wipesBefore);
    } catch (error) {
      if (tab.denials !== denialsBefore) return;
      database.letGo();
      if (options.mayUse()) retryLater(error);
    }
    tab.adopting = [];
  }

  /** Takes in what came of a transaction that was to write `put`, and has committed. */
  function settle(exchanged: Exchanged | undefined, put: readonly EventRecord[], isWiped: boolean): void {
    if (exchanged) {
      const { events = [], spills = [], wiped = 0 } = exchanged;
      tab.kept = exchanged.kept;
      for (const record of events) tab.events.add(record);
      for (const record of put) unsaved.delete(record);
      spills.forEach(drop);
      if (events.length > 0) options.onAdopt();
      if (wiped > 0) options.onDrop("wiped", wiped);
    } else {
      for (const event of unsaved) if (event.key[1] <= tab.missed) unsaved.delete(event);
      // What was saved is another tab's now, and what was spilled; the rest goes on.
      startOver(tab, unsaved);
    }
    tab.missed = 0;
    // What was written into a database that went meanwhile is written once more.
    if (isWiped) onReplaced();
  }

  function retryLater(error: unknown): void {
    const now = performance.now();
    if (now < wipedAt + CLEARING_MS) {
      blockedUntil = 1;
      setTimeout(sync, CLEARING_MS / 5);
    } else {
      if (!isBlocked()) options.onBlocked(error);
      blockedUntil = now + TRY_AGAIN_MS;
    }
  }

  return {
    sync,
    isBlocked,
    /** Milliseconds until there may be more to take over, as of the last look; where that failed, until the next. */
    lookIn: (): number => (isBlocked() ? Math.max(blockedUntil - performance.now(), CLEARING_MS / 5) : tab.lookAt - Date.now()),
    /** Deletes it all. */
    purge(): void {
      tab.born = blockedUntil = 0;
      tab.lookAt = Infinity;
      tab.denials++;
      database.letGo();
      attempt(() => indexedDB.deleteDatabase(name));
    },
  };
}
