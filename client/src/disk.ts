/**
 * The queue on disk: one IndexedDB database for a write key, one object store, one key an event, and one more key for the claims.
 *
 * A claim says until when nobody else may touch the events of a tab. It is read and written in the transaction that moves the events, so
 * that two tabs never have the same; it expires, so that a tab that was killed gives its events back; and an expiry further ahead than
 * any claim can be is one from before the clock was set back, and counts as expired. Web Locks would be simpler, but a held one keeps a
 * page out of the back/forward cache.
 */
import { promisifyRequest } from "idb-keyval";
import { nextKey, type EventRecord } from "./record.ts";

/** Claim of a tab that sends: it outlives a request (15 s) and the once-a-minute timers of a background tab. */
export const CLAIM_MS = 90_000;

/**
 * Events that one transaction moves. A task that moves thousands would be felt; and of a burst, what has its verdict before its turn need
 * not be written at all.
 */
export const WRITES = 100;

/** Sorts behind every event. */
const CLAIMS = "~claims";

/** By tab until when its claim holds, in milliseconds since 1970; 0 while its events are being taken over. */
type Claims = Record<string, number>;

/** What one transaction is to do. */
export interface Sync {
  tab: string;
  /** The expiry of this tab's claim. */
  until: number;
  /** This tab has events on disk. */
  isKnown: boolean;
  put: readonly EventRecord[];
  gone: readonly string[];
  /** Where events are to be taken over: the tabs that are known to have ended, whatever their claim. */
  ended: ReadonlyMap<string, unknown> | undefined;
  /** Makes a key for an event of this tab. */
  newKey: () => string;
}

/** Events that were taken over, and whether other tabs have events; undefined: another tab has taken over what this one had. */
export type Synced = { adopted: EventRecord[]; others: boolean } | undefined;

/** Writes, deletes, renews the claim, and takes over what nobody answers for; only the deletions where the claim is lost. */
export async function synchronise(store: IDBObjectStore, sync: Sync): Promise<Synced> {
  const { tab, until, isKnown, put, gone, ended, newKey } = sync;
  const adopted: EventRecord[] = [];
  deleteAll(store, gone);
  const claims = (await promisifyRequest<Claims | undefined>(store.get(CLAIMS))) ?? {};
  // Not earlier: the transaction may have waited for that of a tab whose claim is newer.
  const now = Date.now();
  if (isKnown && !claims[tab]) return undefined;
  for (const record of put) store.put(record, record.key);
  for (const [other, end] of Object.entries(ended ? claims : {})) {
    if (other === tab || (end > now && end <= now + CLAIM_MS && !ended?.has(other))) continue;
    const range = IDBKeyRange.bound(`${other}.`, `${other}/`);
    const found = await promisifyRequest<EventRecord[]>(store.getAll(range, WRITES));
    for (const record of found) {
      store.delete(record.key);
      record.key = newKey();
      store.put(record, record.key);
    }
    adopted.push(...found);
    if (found.length < WRITES) delete claims[other];
    else claims[other] = 0;
  }
  if (isKnown || put.length + adopted.length > 0) claims[tab] = until;
  else delete claims[tab];
  store.put(claims, CLAIMS);
  return { adopted, others: Object.keys(claims).some((other) => other !== tab) };
}

/** A batch is a run of keys, and a range is deleted at the price of one event. */
function deleteAll(store: IDBObjectStore, keys: readonly string[]): void {
  let first: string | undefined;
  for (const [at, key] of keys.entries()) {
    first ??= key;
    if (keys[at + 1] === nextKey(key)) continue;
    store.delete(IDBKeyRange.bound(first, key));
    first = undefined;
  }
}
