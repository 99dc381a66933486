/**
 * The queue of one page. Memory holds every event that this page answers for, in the order of sending; IndexedDB has each of them too,
 * from a moment after it was made until its verdict. Where IndexedDB is blocked, memory is all there is. An event leaves on the
 * collector's verdict, or counted as dropped.
 */
import { promisifyRequest } from "idb-keyval";
import { nanoid } from "nanoid";
import { attempt } from "../lib/attempt.ts";
import { drop, load, save as keep } from "../lib/local.ts";
import { createTransact } from "./transact.ts";
import type { QueueBounds } from "./queue-bounds.ts";
import type { EventRecord } from "./record.ts";
import { tally, type DropCause } from "./stats.ts";

/** Claim of a tab that sends: it outlives a request (15 s) and the once-a-minute timers of a background tab. */
const CLAIM_MS = 90_000;

/**
 * Events that one transaction moves. A task that moves thousands would be felt; and of a burst, what has its verdict before its turn need
 * not be written at all.
 */
const WRITES = 250;

const CLAIMS = "claims";

/** The claim of nobody: a number by which a database is told from the one that stood in its place before. */
const BORN = "";

/** By tab until when its claim holds, in milliseconds since 1970; 0 while its events are being taken over. */
type Claims = Record<string, number>;

/** Claim of a tab that only keeps events: others may take them over soon after, should it have gone. */
export const OWN_MS = 5_000;

/** What has to be left of a claim when a request begins: four of its time-outs. */
const SAFE_MS = 60_000;

/** After a failure the disk is tried again, at most this often. */
const TRY_AGAIN_MS = 60_000;

/** A browser that clears its storage also ends what is opened for as long as it does so: that is tried again a few times. */
const CLEARING_MS = 5_000;

/** What the queue needs to know, and whom it tells. */
export interface QueueOptions {
  /** Tells the queues of one origin apart. */
  name: string;
  bounds: QueueBounds;
  onDrop: (cause: DropCause, n: number) => void;
  /** IndexedDB failed, did not answer, or is not there. */
  onBlocked: (cause: unknown) => void;
  /** Events of an earlier page, or of another tab that has gone, are this page's now. */
  onAdopt: (last: EventRecord) => void;
}

/** What a page keeps in localStorage as it goes. */
interface Spill {
  /** Events that may not be in IndexedDB. */
  left: EventRecord[];
  /** How many were there, and in which database. */
  saved: number;
  born: number;
}

function readSpill(key: string): Spill {
  const spill = load<Spill | EventRecord[]>(key);
  return { left: [], saved: 0, born: 0, ...(Array.isArray(spill) ? { left: spill } : spill) };
}

/** Makes the queue; nothing is stored before {@link Queue.open}. */
export function createQueue({ name, bounds, onDrop, onBlocked, onAdopt }: QueueOptions) {
  const disk = createTransact(name, onWiped);
  const began = Date.now() - performance.now();
  let records = new Set<EventRecord>();
  const unsaved = new Set<EventRecord>();
  const posted = new Set<EventRecord>();
  /** Runs of numbers of events that are to be deleted. */
  let gone: [first: number, last: number][] = [];
  /** This tab; another one once somebody else has taken its events over. */
  let tab = nanoid();
  let serial = 0;
  let claimedUntil = 0;
  let opened = false;
  let isAway = false;
  let others = false;
  let spilled: unknown;
  /** The page is back and its spill is not there: somebody has taken over what it had, or localStorage was cleared. */
  let isMissed = false;
  /** The database that was last seen. */
  let born = 0;
  /** How often everything was deleted, by others and by a denial. */
  let wipes = 0;
  let wipedAt = -Infinity;
  let denials = 0;
  let saving = false;
  let blockedUntil = 0;
  let syncing = Promise.resolve();

  const isBlocked = (): boolean => blockedUntil > 0;
  const spillKey = (owner: string): string => `${name}:${owner}`;
  const spills = (): string[] => attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(spillKey("")))) ?? [];
  /** Events that no request carries, in the order of sending. */
  const free = (): EventRecord[] => [...records].filter((record) => !posted.has(record));

  /** The age of events is told by a clock that nobody sets while the page lives. */
  const time = (): number => began + performance.now();

  function own(record: EventRecord): void {
    record.key = [tab, ++serial];
  }

  /**
   * An earlier page's clock may have been wrong, and nothing tells that from a page that was opened late. So what looks too old gets its time
   * once more, and what is ahead begins now.
   */
  function renew(record: EventRecord): void {
    const isOld = record.at < time() - bounds.age && !record.late;
    if (isOld) record.late = true;
    if (isOld || record.at > time()) record.at = time();
  }

  /** What was written is there no more: memory has all of it. */
  function rewrite(): void {
    wipes++;
    wipedAt = performance.now();
    for (const record of records) unsaved.add(record);
  }

  /** Somebody has deleted the database, or the browser has. A denial is told otherwise. */
  function onWiped(): void {
    rewrite();
    blockedUntil = 0;
    if (records.size > 0) save();
  }

  /** One look at the disk after the other. With `ended` it claims for as long as sending takes, and takes over what nobody answers for. */
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
    // A transaction that is frozen with its page would hold up the next one's, and cost this one its place in the back/forward cache.
    if (!opened || isAway) return trim();
    if (performance.now() >= blockedUntil) await transact(ended);
    trim();
    if (unsaved.size > 0 && !isBlocked()) save();
  }

  async function transact(ended?: readonly string[]): Promise<void> {
    const put = [...unsaved].slice(0, WRITES);
    const dead = gone;
    gone = [];
    const isKnown = records.size > unsaved.size;
    const adopted: EventRecord[] = [];
    const [wipesBefore, denialsBefore] = [wipes, denials];
    let wiped = 0;
    try {
      const isLost = await disk.transact(async (store) => {
        // A batch is a run of keys, and a range is deleted at the price of one event.
        for (const [first, last] of dead) store.delete(IDBKeyRange.bound([tab, first], [tab, last]));
        const claims = (await promisifyRequest<Claims | undefined>(store.get(CLAIMS))) ?? {};
        // Not earlier: the transaction may have waited for that of a tab whose claim is newer.
        const now = Date.now();
        const isSame = claims[BORN] === born;
        if (isSame && (isKnown || isMissed) && !claims[tab]) return true;
        if (!isSame && born) rewrite();
        born = claims[BORN] ??= now + Math.random();
        for (const record of put) store.put(record, record.key);
        const take = (left: readonly EventRecord[]): void => {
          for (const record of left) {
            own(record);
            renew(record);
            store.put(record, record.key);
          }
          adopted.push(...left);
        };
        for (const key of ended ?? []) {
          // Of several tabs that start together all find a spill: the claim on it says that it is taken care of.
          if (claims[key]! > now) continue;
          claims[key] = now + CLAIM_MS;
          const spill = readSpill(key);
          take(spill.left);
          if (spill.born !== born) wiped += spill.saved;
        }
        for (const [other, end] of Object.entries(ended ? claims : {})) {
          if (other === tab || other === BORN || (end > now && end <= now + CLAIM_MS && !ended?.includes(spillKey(other))))
            continue;
          const found = await promisifyRequest<EventRecord[]>(store.getAll(IDBKeyRange.bound([other], [other, []]), WRITES));
          for (const { key } of found) store.delete(key);
          take(found);
          claims[other] = 0;
          if (found.length < WRITES) delete claims[other];
        }
        claimedUntil = claims[tab] = now + (ended || posted.size > 0 ? CLAIM_MS : OWN_MS);
        others = Object.keys(claims).some((other) => other && other !== tab && !other.startsWith(name));
        if (!isKnown && put.length + adopted.length === 0) delete claims[tab];
        store.put(claims, CLAIMS);
        return false;
      });
      blockedUntil = 0;
      if (denials !== denialsBefore) return;
      if (isLost && isMissed) unsaved.clear();
      if (isLost) startOver();
      isMissed = false;
      for (const record of adopted) records.add(record);
      // What was written into a database that went meanwhile is written once more.
      if (wipes !== wipesBefore) rewrite();
      else if (!isLost) for (const record of put) unsaved.delete(record);
      if (adopted.length > 0) onAdopt(adopted[adopted.length - 1]!);
      if (wiped > 0) onDrop("wiped", wiped);
    } catch (error) {
      if (denials !== denialsBefore) return;
      disk.letGo();
      gone.unshift(...dead);
      const now = performance.now();
      if (now < wipedAt + CLEARING_MS) {
        blockedUntil = 1;
        setTimeout(save, CLEARING_MS / 5);
      } else {
        if (!isBlocked()) onBlocked(error);
        blockedUntil = now + TRY_AGAIN_MS;
      }
    }
  }

  /** What was saved is another tab's now; what was not goes on. */
  function startOver(left: Iterable<EventRecord> = unsaved): void {
    tab = nanoid();
    gone = [];
    records = new Set(left);
    records.forEach(own);
  }

  function remove(record: EventRecord): void {
    const [, number] = record.key;
    records.delete(record);
    unsaved.delete(record);
    // A transaction that writes it may be under way, so that this holds for what is not saved too.
    const run = gone[gone.length - 1];
    if (run?.[1] === number - 1) run[1] = number;
    else gone.push([number, number]);
  }

  /** Gives up what is too old, then what is worth least, but nothing that is being sent. */
  function trim(): void {
    const oldest = time() - bounds.age;
    let events = records.size - bounds.events;
    let bytes = -bounds.bytes;
    for (const { size } of records) bytes += size;
    const dropped: Record<string, number> = {};
    const candidates = free();
    if (events > 0 || bytes > 0) candidates.sort((a, b) => a.rank - b.rank);
    for (const record of candidates) {
      const cause = record.at < oldest ? "unknown" : events > 0 || bytes > 0 ? "queue_full" : undefined;
      if (!cause) continue;
      tally(dropped, cause);
      events--;
      bytes -= record.size;
      remove(record);
    }
    for (const [cause, n] of Object.entries(dropped)) {
      onDrop(cause as DropCause, n);
      save();
    }
  }

  /** Takes an event in. */
  function add(event: Pick<EventRecord, "head" | "body" | "size" | "rank">): void {
    const record = { at: time(), ...event } as EventRecord;
    own(record);
    renew(record);
    records.add(record);
    unsaved.add(record);
    save();
  }

  return {
    /** Starts to use the disk: takes over what ended pages have left and spilled; a spill is removed once it is in IndexedDB. */
    async open(): Promise<void> {
      opened = true;
      isAway = false;
      const ended = spills();
      await sync(ended);
      if (isBlocked()) ended.flatMap((key) => readSpill(key).left).forEach(add);
      ended.forEach(drop);
    },

    add,
    save,
    free,

    /**
     * Events to be sent next: nobody else sends them for longer than a request can take. A look at the disk costs as much as a request: one
     * does for many batches, and for what their verdicts delete.
     */
    async next(): Promise<EventRecord[]> {
      if (free().length === 0 || claimedUntil - Date.now() < SAFE_MS) await sync([]);
      return free();
    },

    /** A request carries these until it is answered by what stays in the queue; the others leave it. So do all, where consent went first. */
    async carry(batch: readonly EventRecord[], request: Promise<readonly EventRecord[]>): Promise<void> {
      const before = denials;
      for (const record of batch) posted.add(record);
      const kept = await request;
      for (const record of batch) {
        posted.delete(record);
        if (before !== denials || !kept.includes(record)) remove(record);
      }
      if (before !== denials && kept.length > 0) onDrop("consent", kept.length);
    },

    /** Puts these behind all others: they were refused again and again, and must not keep the others from their turn. */
    postpone(batch: readonly EventRecord[]): void {
      for (const record of batch) if (records.delete(record)) records.add(record);
    },

    /** The page goes: keeps synchronously what may not be on disk, and lets the next page have the rest at once. */
    spill(): void {
      isAway = true;
      const saved = records.size - unsaved.size;
      spilled = opened && records.size > 0 && keep(spillKey(tab), { left: [...unsaved], saved, born });
    },

    /** The page is back: what another page has taken over meanwhile is no longer in this one's hands. */
    back(): Promise<void> {
      isMissed = !!spilled && !load(spillKey(tab));
      isAway = false;
      // Nothing is sent before the claim was looked at.
      claimedUntil = 0;
      drop(spillKey(tab));
      return sync([]);
    },

    /** Consent is withdrawn: nothing is left, here or on disk. What is being sent is counted when its request has ended. */
    purge(): void {
      opened = others = false;
      born = blockedUntil = 0;
      denials++;
      const waiting = free().length;
      if (waiting > 0) onDrop("consent", waiting);
      unsaved.clear();
      startOver([...records].filter((record) => posted.has(record)));
      spills().forEach(drop);
      disk.letGo();
      attempt(() => indexedDB.deleteDatabase(name));
    },

    /** Other tabs have events too, as of the last look. */
    hasOthers: (): boolean => others,
    size: (): number => records.size,
    storage: (): "indexeddb" | "memory" => (isBlocked() ? "memory" : "indexeddb"),
  };
}

/** The queue of one page. */
export type Queue = ReturnType<typeof createQueue>;
