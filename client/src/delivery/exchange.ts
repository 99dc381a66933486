/** What one transaction does: it writes and deletes this tab's events, renews its claim, and takes over what tabs that have gone have left. */
import { promisifyRequest } from "idb-keyval";
import { BORN, CLAIM_MS, type Claims } from "./claims.ts";
import type { EventRecord } from "./record.ts";
import { adopt, type Kept, type Tab } from "./tab.ts";
import { takeOver, type Taken } from "./take-over.ts";

/**
 * Events of one list at most, and of what is new that one transaction writes: of a burst, what has its verdict before its turn need not be written
 * at all.
 */
export const WRITES = 250;

const CLAIMS = "claims";

/** What came of an exchange: what was taken over, and what is on the disk now. */
export interface Exchanged extends Partial<Taken> {
  kept: readonly Kept[];
}

/**
 * One exchange, within the transaction of `store`: `put` is written, and what has left the queue is deleted. With `isTaking` events are taken
 * over, which are this tab's then. Resolves with nothing where another tab has taken over what this one had: then nothing is written.
 */
export type Exchange = (store: IDBObjectStore, put: readonly EventRecord[], isTaking: unknown) => Promise<Exchanged | undefined>;

/** What an exchange works with. */
export interface ExchangeOptions {
  tab: Tab;
  /** Keys of spills begin with this, and end with the tab. */
  prefix: string;
  /** False while the page is away: what it took then would be in no spill of its own. */
  mayTake: () => boolean;
  /** Another database stands in the place of the one that was last seen. */
  onReplaced: () => void;
}

/** Makes the exchange of a tab; it rejects where the page goes while it takes over. */
export const createExchange =
  ({ tab, prefix, mayTake, onReplaced }: ExchangeOptions): Exchange =>
  async (store, put, isTaking) => {
    const { id, events, kept: before } = tab;
    const kept: Kept[] = [];

    function write(list: Kept): void {
      if (list.events.length === 0) return;
      store.put(list.events, list.key);
      kept.push(list);
    }

    const reading = promisifyRequest<Claims | undefined>(store.get(CLAIMS));
    // What may be there of lists that are not known any more holds the same events.
    if (put[0] && before.length === 0) store.delete(IDBKeyRange.bound([id], [id, []]));
    // Before the claims are known: of what is killed a moment later more is on the disk.
    if (put[0]) write({ key: put[0].key, events: put });
    const claims = (await reading) ?? {};
    // Not earlier: the transaction may have waited for that of a tab whose claim is newer.
    const now = Date.now();
    const isSame = claims[BORN] === tab.born;
    if (isSame && (before.length > 0 || tab.missed > 0) && !claims[id]) {
      if (put[0]) store.delete(put[0].key);
      return undefined;
    }
    if (!isSame && tab.born) onReplaced();
    tab.born = claims[BORN] ??= now + Math.random();
    for (const list of isSame ? before : []) {
      const left = list.events.filter((event) => events.has(event));
      if (left.length === list.events.length) kept.push(list);
      else if (left.length > 0) write({ ...list, events: left });
      else store.delete(list.key);
    }
    const taken: Partial<Taken> = isTaking ? await takeOver(store, prefix, id, claims, now) : {};
    const { events: adopted = [] } = taken;
    if (adopted[0] && !mayTake()) throw new Error("the page goes");
    for (const event of adopted) adopt(tab, event);
    tab.adopting = adopted;
    for (let at = 0; at < adopted.length; at += WRITES) write({ key: adopted[at]!.key, events: adopted.slice(at, at + WRITES) });
    tab.claimedUntil = now + CLAIM_MS;
    tab.lookAt = taken.again ?? tab.lookAt;
    delete claims[id];
    if (kept.length > 0) claims[id] = tab.claimedUntil;
    store.put(claims, CLAIMS);
    return { ...taken, kept };
  };
