/**
 * The queue's events on disk: one IndexedDB database for a write key, one object store, one key an event, and one more key for the
 * claims of the tabs. Each function is one transaction, and resolves when that has committed.
 *
 * A claim says which events a tab is sending, and until when nobody else may. It is made in the transaction that reads the queue, so
 * that two tabs never claim one event; it expires, so that a tab that was killed gives its events back; and an expiry further ahead
 * than any claim can be is one from before the clock was set back, and counts as expired. Web Locks would be simpler, but a held one
 * keeps a page out of the back/forward cache.
 */
import { promisifyRequest } from "idb-keyval";
import { createTransact } from "./lib/transact.ts";
import type { QueueBounds } from "./options.ts";
import { keySession, keyTime, type EventRecord } from "./record.ts";

/** Outlives a request (15 s) and the once-a-minute timers of a background tab. */
export const CLAIM_MS = 90_000;

/** For so long a fresh event is left to the tab that made it. */
export const OWN_MS = 5_000;

/** Sorts behind every event. */
const CLAIMS = "~claims";

interface Claim {
  by: string;
  until: number;
  keys: string[];
}

/** Who asks for events. */
export interface Asking {
  session: string;
  /** Sessions that are known to have ended: their claims are void, and their events are anybody's. */
  ended: ReadonlySet<string>;
  now: number;
  /** Events that are not to be had: those that this tab has posted already. */
  skip: ReadonlySet<string>;
  /** Candidates to read at most. */
  limit: number;
  /** Chooses from the candidates, which come in order, what is to be claimed. */
  choose: (candidates: EventRecord[]) => EventRecord[];
}

/** What a transaction found. */
export interface Found {
  /** Events in the store at its end. */
  stored: number;
  /** Events that it deleted, by cause. */
  dropped: { queue_full: number; unknown: number };
}

/** Opens the store late, at the first transaction. Each call rejects where IndexedDB is blocked, fails or does not answer. */
export function createEventStore(name: string, bounds: QueueBounds) {
  const transact = createTransact(name);
  return {
    /** Writes events, and forgets those of `gone`. */
    save: (records: readonly EventRecord[], gone: Iterable<string>): Promise<Found> =>
      transact(async (store) => {
        for (const record of records) store.put(record, record.key);
        for (const key of gone) store.delete(key);
        const stored = await countEvents(store);
        if (stored <= bounds.events) return found(stored);
        return trim(store, await eventKeys(store), new Set(claimed(await readClaims(store))), bounds);
      }),

    /**
     * Writes what a page that went has spilled, once: of several tabs that start together all find it, and one that came late would bring
     * back what another has sent. The mark is a claim on nothing.
     */
    adopt: (records: readonly EventRecord[], now: number): Promise<Found> =>
      transact(async (store) => {
        const claims = await readClaims(store);
        const mark = `spill ${records.at(-1)?.key}`;
        if (records.length > 0 && !claims.some(({ by }) => by === mark)) {
          for (const record of records) store.put(record, record.key);
          store.put([...claims, { by: mark, until: now + CLAIM_MS, keys: [] }], CLAIMS);
        }
        return found(await countEvents(store));
      }),

    /** Forgets the events of `gone`, gives those up that have waited too long, and claims from what is left; `rest` more are there. */
    claim: (asking: Asking, gone: Iterable<string>): Promise<Found & { records: EventRecord[]; rest: number }> =>
      transact(async (store) => {
        const { session, ended, now } = asking;
        for (const key of gone) store.delete(key);
        const claims = (await readClaims(store)).filter(
          ({ by, until }) => until > now && until <= now + CLAIM_MS && !ended.has(by),
        );
        const held = new Set(claimed(claims));
        const keys = await eventKeys(store);
        const rest = trim(store, keys, held, bounds, now);
        const free = keys.filter((key) => !held.has(key) && isFree(key, asking));
        const values = free.slice(0, asking.limit).map((key) => promisifyRequest<EventRecord>(store.get(key)));
        const records = asking.choose((await Promise.all(values)).filter(Boolean));
        if (records.length > 0) claims.push({ by: session, until: now + CLAIM_MS, keys: records.map(({ key }) => key) });
        store.put(claims, CLAIMS);
        return { ...rest, records, rest: rest.stored - records.length };
      }),

    /** Ends the claims on these keys, and forgets the events of `gone`. */
    settle: (keys: ReadonlySet<string>, gone: Iterable<string>): Promise<Found> =>
      transact(async (store) => {
        for (const key of gone) store.delete(key);
        const claims = await readClaims(store);
        const left = claims.map((claim) => ({ ...claim, keys: claim.keys.filter((key) => !keys.has(key)) }));
        store.put(
          left.filter(({ keys: own }, at) => own.length > 0 || claims[at]?.keys.length === 0),
          CLAIMS,
        );
        return found(await countEvents(store));
      }),
  };
}

const found = (stored: number): Found => ({ stored, dropped: { queue_full: 0, unknown: 0 } });

/** Own events, those of ended pages, and those that their tab had time enough to send, or whose time lies ahead of the clock. */
function isFree(key: string, { session, ended, skip, now }: Asking): boolean {
  if (skip.has(key)) return false;
  const by = keySession(key);
  return by === session || ended.has(by) || Math.abs(now - keyTime(key)) > OWN_MS;
}

/**
 * Deletes what is too old (where `now` is given), then the oldest beyond the bound, but nothing that is being sent. `keys` is left with
 * what stays.
 */
function trim(store: IDBObjectStore, keys: string[], held: ReadonlySet<string>, bounds: QueueBounds, now = 0): Found {
  const { dropped } = found(0);
  let over = keys.length - bounds.events;
  const stay = keys.filter((key) => {
    if (held.has(key)) return true;
    const old = now - keyTime(key) > bounds.age;
    if (!old && over <= 0) return true;
    over--;
    dropped[old ? "unknown" : "queue_full"]++;
    store.delete(key);
    return false;
  });
  keys.splice(0, keys.length, ...stay);
  return { stored: stay.length, dropped };
}

const allEvents = (): IDBKeyRange => IDBKeyRange.upperBound(CLAIMS, true);

const countEvents = (store: IDBObjectStore): Promise<number> => promisifyRequest(store.count(allEvents()));

const eventKeys = (store: IDBObjectStore): Promise<string[]> =>
  promisifyRequest(store.getAllKeys(allEvents()) as IDBRequest<string[]>);

const readClaims = async (store: IDBObjectStore): Promise<Claim[]> =>
  (await promisifyRequest<Claim[] | undefined>(store.get(CLAIMS))) ?? [];

const claimed = (claims: readonly Claim[]): string[] => claims.flatMap(({ keys }) => keys);
