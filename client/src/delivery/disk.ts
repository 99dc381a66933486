/**
 * Keeps the events of a tab in IndexedDB, as far as that can be had: one transaction after the other, each for all that has come up since. Where
 * it fails, memory is all there is, and the disk is tried again later.
 */
import { attempt } from "../lib/attempt.ts";
import { createExchange, WRITES, type DiskOutcome } from "./exchange.ts";
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
  onAdopt: (last: EventRecord) => void;
}

/** Makes it; nothing is opened before the first `sync` that may use it. */
export function createDisk(options: DiskOptions) {
  const { name, tab } = options;
  const { unsaved } = tab;
  const database = createTransact(name, onWiped);
  const exchange = createExchange(tab, options.prefix, onReplaced);
  /** How often everything was deleted: by others, and by a denial. */
  let wipes = 0;
  let wipedAt = -Infinity;
  let saving = false;
  let blockedUntil = 0;
  let syncing = Promise.resolve();

  const isBlocked = (): boolean => blockedUntil > 0;

  /** What was written is there no more: memory has all of it. */
  function onReplaced(): void {
    wipes++;
    wipedAt = performance.now();
    for (const event of tab.events) unsaved.add(event);
  }

  /** Somebody has deleted the database, or the browser has. A denial is told otherwise. */
  function onWiped(): void {
    onReplaced();
    blockedUntil = 0;
    if (tab.events.size > 0) save();
  }

  /** One look at the disk after the other. With `ended` it claims for as long as sending takes, and takes over what tabs that have gone have left. */
  function sync(ended?: readonly string[]): Promise<void> {
    return (syncing = syncing.then(() => syncOnce(ended)));
  }

  /** Writes what is not on disk yet; a burst of events makes one transaction. */
  function save(): void {
    if (saving) return;
    saving = true;
    void sync();
  }

  async function syncOnce(ended?: readonly string[]): Promise<void> {
    saving = false;
    const isUsable = options.mayUse();
    if (isUsable && performance.now() >= blockedUntil) await transact(ended);
    for (const [cause, n] of Object.entries(trim(tab))) {
      options.onDrop(cause as DropCause, n);
      save();
    }
    if (isUsable && unsaved.size > 0 && !isBlocked()) save();
  }

  async function transact(ended?: readonly string[]): Promise<void> {
    const { removed } = tab;
    const put = [...unsaved].slice(0, WRITES);
    const hasSaved = tab.events.size > unsaved.size;
    const [wipesBefore, denialsBefore] = [wipes, tab.denials];
    tab.removed = [];
    try {
      const outcome = await database.transact((store) => exchange(store, put, removed, hasSaved, ended));
      blockedUntil = 0;
      if (tab.denials === denialsBefore) settle(outcome, put, wipes !== wipesBefore);
    } catch (error) {
      if (tab.denials !== denialsBefore) return;
      database.letGo();
      tab.removed.unshift(...removed);
      retryLater(error);
    }
  }

  /** Takes in what came of a transaction that was to write `put`, and has committed. */
  function settle(outcome: DiskOutcome, put: readonly EventRecord[], isWiped: boolean): void {
    if (outcome.kind === "kept") {
      const { adopted, wiped } = outcome;
      for (const record of adopted) tab.events.add(record);
      for (const record of put) unsaved.delete(record);
      if (adopted.length > 0) options.onAdopt(adopted[adopted.length - 1]!);
      if (wiped > 0) options.onDrop("wiped", wiped);
    } else {
      if (tab.isMissed) unsaved.clear();
      // What was saved is another tab's now; what was not goes on.
      startOver(tab, unsaved);
    }
    tab.isMissed = false;
    // What was written into a database that went meanwhile is written once more.
    if (isWiped) onReplaced();
  }

  function retryLater(error: unknown): void {
    const now = performance.now();
    if (now < wipedAt + CLEARING_MS) {
      blockedUntil = 1;
      setTimeout(save, CLEARING_MS / 5);
    } else {
      if (!isBlocked()) options.onBlocked(error);
      blockedUntil = now + TRY_AGAIN_MS;
    }
  }

  return {
    sync,
    save,
    isBlocked,
    /** Deletes it all. */
    purge(): void {
      tab.born = blockedUntil = 0;
      tab.hasOthers = false;
      tab.denials++;
      database.letGo();
      attempt(() => indexedDB.deleteDatabase(name));
    },
  };
}
