/** What one transaction does: it writes and deletes this tab's events, renews its claim, and takes over what tabs that have gone have left. */
import { promisifyRequest } from "idb-keyval";
import { BORN, CLAIM_MS, type Claims } from "./claims.ts";
import type { EventRecord } from "./record.ts";
import { adopt, type Tab } from "./tab.ts";
import { takeOver, type Taken } from "./take-over.ts";

/**
 * Events that one transaction moves. A task that moves thousands would be felt; and of a burst, what has its verdict before its turn need
 * not be written at all.
 */
export const WRITES = 250;

const CLAIMS = "claims";

/**
 * One exchange, within the transaction of `store`: `put` is written, and the runs `removed` are deleted; `hasSaved` says that the tab
 * has other events on the disk. With `isTaking` events are taken over, which are this tab's then. Resolves with nothing where another
 * tab has taken over what this one had: then nothing is written.
 */
export type Exchange = (
  store: IDBObjectStore,
  put: readonly EventRecord[],
  removed: Tab["removed"],
  hasSaved: boolean,
  isTaking: unknown,
) => Promise<Partial<Taken> | undefined>;

/**
 * Makes the exchange of a tab. Keys of spills begin with `prefix` and end with the tab. `onReplaced` is told
 * where another database stands in the place of the one that was last seen.
 */
export const createExchange =
  (tab: Tab, prefix: string, onReplaced: () => void): Exchange =>
  async (store, put, removed, hasSaved, isTaking) => {
    const { id } = tab;
    const reading = promisifyRequest<Claims | undefined>(store.get(CLAIMS));
    const write = (records: readonly EventRecord[] = []): void => records.forEach((record) => store.put(record, record.key));
    // Before the claims are known: of what is killed a moment later more is on the disk.
    write(put);
    // A batch is a run of keys, and a range is deleted at the price of one event.
    for (const [first, last] of removed) store.delete(IDBKeyRange.bound([id, first], [id, last]));
    const claims = (await reading) ?? {};
    // Not earlier: the transaction may have waited for that of a tab whose claim is newer.
    const now = Date.now();
    const isSame = claims[BORN] === tab.born;
    if (isSame && (hasSaved || tab.isMissed) && !claims[id]) {
      for (const { key } of put) store.delete(key);
      return undefined;
    }
    if (!isSame && tab.born) onReplaced();
    tab.born = claims[BORN] ??= now + Math.random();
    const taken: Partial<Taken> = isTaking ? await takeOver(store, prefix, id, claims, now) : {};
    taken.events?.forEach((event) => adopt(tab, event));
    write(taken.events);
    tab.claimedUntil = now + CLAIM_MS;
    tab.lookAt = taken.again ?? tab.lookAt;
    delete claims[id];
    if (hasSaved || put.length > 0 || taken.events?.length) claims[id] = tab.claimedUntil;
    store.put(claims, CLAIMS);
    return taken;
  };
