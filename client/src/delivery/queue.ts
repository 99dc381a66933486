/**
 * The queue of one page. Memory holds every event that this page is responsible for, in the order of sending; IndexedDB has each of them too,
 * from a moment after it was made until its verdict. Where IndexedDB is blocked, memory is all there is. An event leaves on the
 * collector's verdict, or counted as dropped.
 */
import { drop, load, save as keep } from "../lib/local.ts";
import { createDisk, type DiskOptions } from "./disk.ts";
import type { QueueBounds } from "./queue-bounds.ts";
import type { EventRecord } from "./record.ts";
import { CLAIM_MS, isAhead, POSTED_MS } from "./claims.ts";
import { readSpill, spillKeys, type Spill } from "./spill.ts";
import { adopt, createTab, freeEvents, remove, startOver } from "./tab.ts";

/** What has to be left of a claim for a request not to renew it, in milliseconds: few take as long. */
const SAFE_MS = 5_000;

/** What the queue needs to know, and whom it tells. */
export interface QueueOptions extends Pick<DiskOptions, "name" | "onDrop" | "onBlocked" | "onAdopt"> {
  bounds: QueueBounds;
}

/** Makes the queue; nothing is stored before {@link Queue.open}. */
export function createQueue(options: QueueOptions) {
  const prefix = `${options.name}:`;
  const tab = createTab(options.bounds);
  const { unsaved, posted } = tab;
  let opened = false;
  let isAway = false;
  /** Under which key something is kept in localStorage; the prefix alone is none. */
  let spilled = prefix;
  const disk = createDisk({
    ...options,
    prefix,
    tab,
    // A transaction that is frozen with its page would hold up the next one's, and cost this one its place in the back/forward cache.
    mayUse: () => opened && !isAway,
  });

  const free = (): EventRecord[] => freeEvents(tab);

  /** Takes an event in. */
  function add(given: Pick<EventRecord, "head" | "body" | "size" | "rank">): void {
    const event = { at: tab.time(), ...given } as EventRecord;
    adopt(tab, event);
    tab.events.add(event);
    unsaved.add(event);
    void disk.sync();
  }

  function forget(): void {
    drop(spilled);
    spilled = prefix;
  }

  /** Keeps synchronously what may not be on the disk; for others it is there from `until` on, in milliseconds since 1970. */
  function spill(until: number): void {
    forget();
    const all = [...tab.events, ...tab.adopting];
    if (!opened || (all.length === 0 && tab.kept.length === 0)) return;
    const saved = all.filter((event) => !unsaved.has(event)).map(({ key: [, number] }) => number);
    const left: Spill = { left: [...unsaved], saved, born: tab.born, until };
    if (keep(prefix + tab.id, left)) spilled += tab.id;
  }

  return {
    /** Starts to use the disk: what ended pages have left and spilled is taken over from now on. */
    open(): void {
      opened = true;
      isAway = false;
      // Firefox loses what a tab that is closed writes into a localStorage that it has not touched before: this touches it.
      spillKeys(prefix);
    },

    add,
    free,

    /** Writes what is not on the disk yet, deletes what has its verdict, and takes over what others have left. */
    look: (): Promise<void> => disk.sync(true),

    /** Events to be sent next, which nobody else sends meanwhile. A look at the disk costs as much as a request: one does for many batches. */
    async next(): Promise<EventRecord[]> {
      const now = Date.now();
      // What is not on the disk is known to nobody else.
      const isOwn = tab.kept.length === 0 || tab.claimedUntil > now;
      if (free().length === 0 || !isOwn || tab.lookAt <= now) await disk.sync(true);
      else if (tab.claimedUntil < now + SAFE_MS) void disk.sync();
      // Without IndexedDB it is known to nobody else.
      for (const key of disk.isBlocked() ? spillKeys(prefix) : []) {
        const { left, until } = readSpill(key);
        if (key === spilled || isAhead(until, now)) continue;
        left.forEach(add);
        drop(key);
      }
      return free();
    },

    /** A request carries these until it resolves with what stays in the queue; the others leave it. So do all, where consent went first. */
    async carry(batch: readonly EventRecord[], request: Promise<readonly EventRecord[]>): Promise<void> {
      const before = tab.denials;
      for (const record of batch) posted.add(record);
      const kept = await request;
      for (const record of batch) {
        posted.delete(record);
        if (before !== tab.denials || !kept.includes(record)) remove(tab, record);
      }
      if (before !== tab.denials && kept.length > 0) options.onDrop("consent", kept.length);
    },

    /** Puts these behind all others: they were refused again and again, and must not keep the others from their turn. */
    postpone(batch: readonly EventRecord[]): void {
      for (const record of batch) if (tab.events.delete(record)) tab.events.add(record);
    },

    /** The page goes, and posts all that it has, or does not: then the next page has the rest at once. */
    leave(isPosting: boolean): void {
      isAway = true;
      spill(isPosting && tab.adopting.length === 0 ? Date.now() + POSTED_MS : 0);
    },

    /** The page is hidden, which may be the last that it hears: what is not on the disk is kept until it is. */
    hide(): void {
      if (!opened || isAway || unsaved.size === 0) return;
      spill(Date.now() + CLAIM_MS);
      const look = (): unknown => isAway || disk.isBlocked() || (unsaved.size > 0 ? void disk.sync().then(look) : forget());
      look();
    },

    /** The page is back: what another page has taken over meanwhile is no longer in this one's hands. */
    back(): Promise<void> {
      tab.missed = spilled !== prefix && !load(spilled) ? tab.serial : 0;
      isAway = false;
      // Nothing is sent before the claim was looked at.
      tab.claimedUntil = 0;
      forget();
      return disk.sync(true);
    },

    /** Consent is withdrawn: nothing is left, here or on disk. What is being sent is counted when its request has ended. */
    purge(): void {
      opened = false;
      const waiting = free().length;
      if (waiting > 0) options.onDrop("consent", waiting);
      unsaved.clear();
      startOver(tab, posted);
      spillKeys(prefix).forEach(drop);
      disk.purge();
    },

    lookIn: disk.lookIn,
    size: (): number => tab.events.size,
    storage: (): "indexeddb" | "memory" => (disk.isBlocked() ? "memory" : "indexeddb"),
  };
}

/** The queue of one page. */
export type Queue = ReturnType<typeof createQueue>;
