/** What one transaction does: it writes and deletes this tab's events, renews its claim, and takes over what tabs that have gone have left. */
import { promisifyRequest } from "idb-keyval";
import { CLAIM_MS, OWN_MS, readClaims, storedClaims, type Claims, type StoredClaims } from "./claims.ts";
import type { EventRecord } from "./record.ts";
import { readSpill } from "./spill.ts";
import { adopt, type Tab } from "./tab.ts";

/**
 * Events that one transaction moves. A task that moves thousands would be felt; and of a burst, what has its verdict before its turn need
 * not be written at all.
 */
export const WRITES = 250;

const CLAIMS = "claims";

/** What came of it: `lost` says that another tab has taken over what this one had, and that nothing was written. */
export type DiskOutcome =
  | { kind: "lost" }
  | {
      kind: "kept";
      /** Events that are this tab's now. */
      adopted: readonly EventRecord[];
      /** How many events of earlier pages went with the database in which they were. */
      wiped: number;
    };

/**
 * One exchange, within the transaction of `store`: `put` is written, and the runs `removed` are deleted; `hasSaved` says that the tab
 * has other events on the disk. With `ended`, the keys of the
 * spills that were found, events are taken over, and the claim holds for as long as sending takes.
 */
export type Exchange = (
  store: IDBObjectStore,
  put: readonly EventRecord[],
  removed: Tab["removed"],
  hasSaved: boolean,
  ended: readonly string[] | undefined,
) => Promise<DiskOutcome>;

type Take = (left: readonly EventRecord[]) => void;

/**
 * Makes the exchange of a tab. Keys of spills begin with `prefix` and end with the tab. `onReplaced` is told
 * where another database stands in the place of the one that was last seen.
 */
export const createExchange =
  (tab: Tab, prefix: string, onReplaced: () => void): Exchange =>
  async (store, put, removed, hasSaved, ended) => {
    const { id } = tab;
    // A batch is a run of keys, and a range is deleted at the price of one event.
    for (const [first, last] of removed) store.delete(IDBKeyRange.bound([id, first], [id, last]));
    const claims = readClaims(await promisifyRequest<StoredClaims | undefined>(store.get(CLAIMS)), prefix);
    const { tabs } = claims;
    // Not earlier: the transaction may have waited for that of a tab whose claim is newer.
    const now = Date.now();
    const isSame = claims.born === tab.born;
    if (isSame && (hasSaved || tab.isMissed) && !tabs.get(id)) return { kind: "lost" };
    if (!isSame && tab.born) onReplaced();
    tab.born = claims.born ??= now + Math.random();
    for (const record of put) store.put(record, record.key);
    const adopted: EventRecord[] = [];
    let wiped = 0;
    const take = (left: readonly EventRecord[]): void => {
      for (const record of left) {
        adopt(tab, record);
        store.put(record, record.key);
      }
      adopted.push(...left);
    };
    if (ended) {
      wiped = takeSpills(ended, claims, now, take);
      await takeTabs(store, id, claims, now, take, (other) => ended.includes(prefix + other));
    }
    tab.claimedUntil = now + (ended || tab.posted.size > 0 ? CLAIM_MS : OWN_MS);
    tabs.delete(id);
    tab.hasOthers = tabs.size > 0;
    if (hasSaved || put.length + adopted.length > 0) tabs.set(id, tab.claimedUntil);
    store.put(storedClaims(claims), CLAIMS);
    return { kind: "kept", adopted, wiped };
  };

/** Takes over what ended pages have spilled. Returns how many of their events were in a database that is gone. */
function takeSpills(keys: readonly string[], { born, spills }: Claims, now: number, take: Take): number {
  let wiped = 0;
  for (const key of keys) {
    // Of several tabs that start together all find a spill: the claim on it says that it is taken care of.
    if (spills.get(key)! > now) continue;
    spills.set(key, now + CLAIM_MS);
    const spill = readSpill(key);
    take(spill.left);
    if (spill.born !== born) wiped += spill.saved;
  }
  return wiped;
}

/** Takes over events of tabs whose claim has expired, lies further ahead than a claim can, or that have left a spill. */
async function takeTabs(
  store: IDBObjectStore,
  own: string,
  { tabs, spills }: Claims,
  now: number,
  take: Take,
  hasSpilled: (tab: string) => boolean,
): Promise<void> {
  const isOver = (until: number): boolean => until <= now || until > now + CLAIM_MS;
  for (const [key, until] of spills) if (isOver(until)) spills.delete(key);
  for (const [other, until] of tabs) {
    if (other === own || !(isOver(until) || hasSpilled(other))) continue;
    const found = await promisifyRequest<EventRecord[]>(store.getAll(IDBKeyRange.bound([other], [other, []]), WRITES));
    for (const { key } of found) store.delete(key);
    take(found);
    tabs.set(other, 0);
    if (found.length < WRITES) tabs.delete(other);
  }
}
