/**
 * The queue of one page. Memory holds every event that this page answers for, in the order of sending; IndexedDB has each of them too,
 * from a moment after it was made until its verdict. Where IndexedDB is blocked, memory is all there is. An event leaves on the
 * collector's verdict, or counted as dropped.
 */
import { nanoid } from "nanoid";
import { CLAIM_MS, synchronise, WRITES } from "./disk.ts";
import { attempt } from "./lib/attempt.ts";
import { drop, load, save as keep } from "./lib/local.ts";
import { createTransact } from "./lib/transact.ts";
import type { QueueBounds } from "./options.ts";
import { writeKey, type EventRecord } from "./record.ts";
import { readSpills } from "./spill.ts";
import type { DropCause } from "./stats.ts";

/** Claim of a tab that only keeps events: others may take them over soon after, should it have gone. */
export const OWN_MS = 5_000;

/** What has to be left of a claim when a request begins: four of its time-outs. */
const SAFE_MS = 60_000;

/** After a failure the disk is tried again, at most this often. */
const TRY_AGAIN_MS = 60_000;

/** What the queue needs to know, and whom it tells. */
export interface QueueOptions {
  /** Tells the queues of one origin apart. */
  name: string;
  bounds: QueueBounds;
  onDrop: (cause: DropCause, n: number) => void;
  /** IndexedDB failed, did not answer, or is not there. */
  onBlocked: (cause: unknown) => void;
  /** Another tab has deleted everything. */
  onDeleted: () => void;
  /** Events of an earlier page, or of another tab that has gone, are this page's now. */
  onAdopt: (last: EventRecord) => void;
}

/** Makes the queue; nothing is stored before {@link Queue.open}. */
export function createQueue({ name, bounds, onDrop, onBlocked, onDeleted, onAdopt }: QueueOptions) {
  const disk = createTransact(name, onDeleted);
  const records = new Map<string, EventRecord>();
  const unsaved = new Set<EventRecord>();
  const posted = new Set<EventRecord>();
  const gone = new Set<string>();
  /** This tab; another one once somebody else has taken its events over. */
  let tab = nanoid();
  let serial = 0;
  let claimedUntil = 0;
  let opened = false;
  let others = false;
  let spilled: boolean | undefined;
  let saving = false;
  let blockedUntil: number | undefined;
  let syncing = Promise.resolve();

  const isBlocked = (): boolean => blockedUntil !== undefined;
  const newKey = (): string => writeKey(`${tab}.`, ++serial);
  const spillKey = (owner: string): string => `${name}:${owner}`;
  const free = (): EventRecord[] => [...records.values()].filter((record) => !posted.has(record));

  /** One look at the disk after the other. With `ended` it claims for as long as sending takes, and takes over what nobody answers for. */
  function sync(ended?: ReadonlyMap<string, unknown>): Promise<void> {
    return (syncing = syncing.then(() => syncOnce(ended)));
  }

  /** Writes what is not on disk yet; a burst of events makes one transaction. */
  function save(): void {
    if (saving || !opened) return;
    saving = true;
    void sync();
  }

  async function syncOnce(ended?: ReadonlyMap<string, unknown>): Promise<void> {
    saving = false;
    if (opened && performance.now() >= (blockedUntil ?? 0)) await transact(ended);
    trim();
    if (unsaved.size > 0 && !isBlocked()) save();
  }

  async function transact(ended?: ReadonlyMap<string, unknown>): Promise<void> {
    const put = [...unsaved].slice(0, WRITES);
    const dead = [...gone];
    const isKnown = records.size > unsaved.size;
    const until = Date.now() + (ended || posted.size > 0 ? CLAIM_MS : OWN_MS);
    try {
      const found = await disk.transact((store) => synchronise(store, { tab, until, isKnown, put, gone: dead, ended, newKey }));
      blockedUntil = undefined;
      claimedUntil = until;
      for (const key of dead) gone.delete(key);
      if (!found) startOver();
      else {
        for (const record of put) unsaved.delete(record);
        for (const record of found.adopted) records.set(record.key, record);
        if (found.adopted.length > 0) onAdopt(found.adopted.at(-1)!);
        ({ others } = found);
      }
    } catch (error) {
      if (!isBlocked()) onBlocked(error);
      blockedUntil = performance.now() + TRY_AGAIN_MS;
    }
  }

  /** What was saved is another tab's now; what was not goes on. */
  function startOver(): void {
    tab = nanoid();
    records.clear();
    for (const record of unsaved) {
      record.key = newKey();
      records.set(record.key, record);
    }
  }

  function remove(record: EventRecord): void {
    records.delete(record.key);
    unsaved.delete(record);
    // A transaction that writes it may be under way.
    if (!isBlocked()) gone.add(record.key);
  }

  /** Gives up what is too old, then what is worth least, but nothing that is being sent. */
  function trim(): void {
    const oldest = Date.now() - bounds.age;
    let events = records.size - bounds.events;
    let bytes = -bounds.bytes;
    for (const { size } of records.values()) bytes += size;
    const dropped = { unknown: 0, queue_full: 0 };
    const candidates = free();
    if (events > 0 || bytes > 0) candidates.sort((a, b) => a.rank - b.rank);
    for (const record of candidates) {
      const cause = record.at < oldest ? "unknown" : events > 0 || bytes > 0 ? "queue_full" : undefined;
      if (!cause) continue;
      dropped[cause]++;
      events--;
      bytes -= record.size;
      remove(record);
    }
    for (const cause of ["unknown", "queue_full"] as const) {
      if (dropped[cause] === 0) continue;
      onDrop(cause, dropped[cause]);
      save();
    }
  }

  return {
    /** Starts to use the disk: takes over what ended pages have left and spilled; a spill is removed once it is in IndexedDB. */
    async open(): Promise<void> {
      opened = true;
      const spills = readSpills(spillKey(""));
      for (const left of spills.values()) left.forEach(add);
      do await sync(spills);
      while (unsaved.size > 0 && !isBlocked());
      for (const owner of spills.keys()) drop(spillKey(owner));
    },

    add,
    sync,
    save,

    /** This tab's claim lasts for longer than a request can take. */
    isClaimed: (): boolean => claimedUntil - Date.now() > SAFE_MS,

    /** Events that no request carries, in the order of sending; nobody else sends them for 90 s after {@link Queue.sync}. */
    free,

    /** A request carries these from now on. */
    post(batch: readonly EventRecord[]): void {
      for (const record of batch) posted.add(record);
    },

    /** The request is over: all but `kept` leave the queue. */
    settle(batch: readonly EventRecord[], kept: ReadonlySet<EventRecord>): void {
      for (const record of batch) {
        posted.delete(record);
        if (!kept.has(record)) remove(record);
      }
    },

    /** Puts these behind all others: they were refused again and again, and must not keep the others from their turn. */
    postpone(batch: readonly EventRecord[]): void {
      for (const record of batch) if (records.delete(record.key)) records.set(record.key, record);
    },

    /** The page goes: keeps synchronously what may not be on disk, and lets the next page have the rest at once. */
    spill(): void {
      if (!opened || records.size === 0) return;
      spilled = keep(spillKey(tab), JSON.stringify([...unsaved]));
    },

    /** The page is back: what another page has taken over meanwhile is no longer in this one's hands. */
    back(): Promise<void> {
      if (spilled && load(spillKey(tab)) === null) {
        unsaved.clear();
        startOver();
      }
      spilled = false;
      drop(spillKey(tab));
      return sync(new Map());
    },

    /** Consent is withdrawn: nothing is left, here or on disk. */
    purge(): void {
      opened = others = false;
      if (records.size > 0) onDrop("consent", records.size);
      unsaved.clear();
      startOver();
      for (const owner of readSpills(spillKey("")).keys()) drop(spillKey(owner));
      attempt(disk.remove);
    },

    /** Other tabs have events too, as of the last look. */
    hasOthers: (): boolean => others,
    size: (): number => records.size,
    storage: (): "indexeddb" | "memory" => (isBlocked() ? "memory" : "indexeddb"),
  };

  /** Takes an event in. */
  function add(event: Omit<EventRecord, "key">): void {
    const record = { ...event, key: newKey() };
    records.set(record.key, record);
    unsaved.add(record);
    if (opened) save();
    else if (records.size > bounds.events) trim();
  }
}

/** The queue of one page. */
export type Queue = ReturnType<typeof createQueue>;
