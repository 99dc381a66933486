/**
 * The queue of one page: write-ahead to IndexedDB, in memory until that has committed, and in memory alone where it is blocked. An event
 * leaves it on the collector's verdict, or counted as dropped.
 */
import { cutBatch } from "./batch.ts";
import { createDisk } from "./disk.ts";
import type { QueueBounds } from "./options.ts";
import { keySession, type EventRecord } from "./record.ts";
import { createSpill } from "./spill.ts";
import type { DropCause } from "./stats.ts";
import { createEventStore, type Found } from "./store.ts";

/** Saved events of this page that are kept in memory too: what a page that goes away can still send without waiting for IndexedDB. */
const RECENT = 200;

/** What the queue needs to know, and whom it tells. */
export interface QueueOptions {
  /** Tells the queues of one origin apart. */
  name: string;
  session: string;
  bounds: QueueBounds;
  onDrop: (cause: DropCause, n: number) => void;
  /** IndexedDB failed, did not answer, or is not there. */
  onBlocked: (cause: unknown) => void;
}

/** Events on their way out of the queue. */
export interface Claimed {
  records: EventRecord[];
  /** Events that stay: another tab has them, or may have them still, or there was no room. */
  rest: number;
}

/** Makes the queue; nothing is stored before {@link Queue.open}. */
export function createQueue({ name, session, bounds, onDrop, onBlocked }: QueueOptions) {
  const store = createEventStore(name, bounds);
  const disk = createDisk(onBlocked);
  const spill = createSpill(`${name}-`);
  const unsaved = new Map<string, EventRecord>();
  const recent = new Map<string, EventRecord>();
  const posted = new Set<string>();
  const gone = new Set<string>();
  const ended = new Set<string>();
  let opened = false;
  let stored = 0;
  let saving: Promise<void> | undefined;

  const isFree = ({ key }: EventRecord): boolean => !posted.has(key) && !gone.has(key);

  async function onDisk<T extends Found>(work: () => Promise<T>): Promise<T | undefined> {
    const found = await disk.run(work);
    if (!found) return undefined;
    stored = found.stored;
    for (const cause of ["queue_full", "unknown"] as const) if (found.dropped[cause]) onDrop(cause, found.dropped[cause]);
    return found;
  }

  async function saveAll(): Promise<void> {
    // A burst of events makes one transaction.
    await undefined;
    while (unsaved.size > 0) {
      const records = [...unsaved.values()];
      const dead = [...gone];
      if (!(await onDisk(() => store.save(records, dead)))) return;
      for (const key of dead) gone.delete(key);
      for (const record of records) {
        if (unsaved.delete(record.key) && keySession(record.key) === session) recent.set(record.key, record);
      }
      for (const key of recent.keys()) if (recent.size > RECENT) recent.delete(key);
    }
  }

  /** Writes what is not on disk yet; one transaction at a time. */
  function save(): Promise<void> {
    if (!opened) return Promise.resolve();
    saving ??= saveAll().finally(() => (saving = undefined));
    return saving;
  }

  /** Without a disk, memory is what is bounded. */
  function trimMemory(): void {
    for (const record of unsaved.values()) {
      if (unsaved.size <= bounds.events) return;
      if (isFree(record) && unsaved.delete(record.key)) onDrop("queue_full", 1);
    }
  }

  return {
    /** Starts to use the disk: takes over what ended pages have spilled, and removes that once it is in IndexedDB. */
    async open(): Promise<void> {
      opened = true;
      for (const [old, records] of spill.read()) {
        ended.add(old);
        if (!(await onDisk(() => store.adopt(records, Date.now())))) {
          for (const record of records) unsaved.set(record.key, record);
        }
        spill.remove(old);
      }
      await save();
    },

    /** Takes an event in. */
    add(record: EventRecord): void {
      unsaved.set(record.key, record);
      trimMemory();
      void save();
    },

    /** Events for one request, of whatever session; nobody else sends them until {@link Queue.settle} or the claim's expiry. */
    async claim(limit: number): Promise<Claimed> {
      await save();
      const choose = (candidates: EventRecord[]): EventRecord[] => cutBatch(candidates, limit);
      const dead = [...gone];
      const found = await onDisk(() => store.claim({ session, ended, now: Date.now(), skip: posted, limit, choose }, dead));
      if (found) {
        for (const key of dead) gone.delete(key);
        // While the transaction ran, the page may have been hidden and have posted some of them.
        return { records: found.records.filter(isFree), rest: found.rest };
      }
      const free = [...unsaved.values()].filter(isFree);
      const records = cutBatch(free.slice(0, limit), limit);
      return { records, rest: free.length - records.length };
    },

    /** This page's own events that no request carries: what can be sent at once, without asking IndexedDB. */
    atHand: (): EventRecord[] => [...recent.values(), ...unsaved.values()].filter(isFree),

    /** A request carries these from now on. */
    post(records: readonly EventRecord[]): void {
      for (const { key } of records) posted.add(key);
    },

    /** The request is over: all but `kept` leave the queue. */
    async settle(records: readonly EventRecord[], kept: ReadonlySet<string>): Promise<void> {
      for (const { key } of records) {
        posted.delete(key);
        if (kept.has(key)) continue;
        recent.delete(key);
        if (!unsaved.delete(key) || !disk.isBlocked()) gone.add(key);
      }
      const dead = [...gone];
      const done = await onDisk(() => store.settle(new Set(records.map(({ key }) => key)), dead));
      if (done) for (const key of dead) gone.delete(key);
    },

    /** The page goes: keeps synchronously what may not be on disk, and lets the next page have the rest at once. */
    spill(): void {
      if (opened && unsaved.size + recent.size + posted.size > 0) spill.write(session, [...unsaved.values()]);
    },

    /** The page is back: what another page has taken over meanwhile is no longer in this one's hands. */
    async back(): Promise<void> {
      if (!spill.has(session)) {
        unsaved.clear();
        recent.clear();
      }
      await save();
      spill.remove(session);
    },

    save,
    /** Events without a verdict, as of the last look. */
    size: (): number => stored + unsaved.size,
    storage: (): "indexeddb" | "memory" => (disk.isBlocked() ? "memory" : "indexeddb"),
  };
}

/** The queue of one page. */
export type Queue = ReturnType<typeof createQueue>;
