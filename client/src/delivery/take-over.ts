import { promisifyRequest } from "idb-keyval";
import { BORN, CLAIM_MS, isAhead, type Claims } from "./claims.ts";
import type { EventRecord } from "./record.ts";
import { readSpill, spillKeys } from "./spill.ts";

/** What came of it. */
export interface Taken {
  /** Events that have been taken, and are not in the database any more. */
  events: EventRecord[];
  /** Keys of the spills among them. */
  spills: string[];
  /** How many events of earlier pages went with the database in which they were. */
  wiped: number;
  /** When there may be more to take, in milliseconds since 1970. */
  again: number;
}

/**
 * Takes over what tabs that have gone have left, in the database and in spills, whose keys begin with `prefix`: not from a tab that may
 * come back to hear the verdict on what it has posted, and not from one that has a claim. Changes the claims, without writing them.
 */
export async function takeOver(store: IDBObjectStore, prefix: string, own: string, claims: Claims, now: number): Promise<Taken> {
  const taken: Taken = { events: [], spills: [], wiped: 0, again: Infinity };
  for (const key in claims) if (key.startsWith(prefix) && !isAhead(claims[key]!, now)) delete claims[key];
  // Of several tabs that start together all find a spill: the claim on it says that it is taken care of.
  const spilled = spillKeys(prefix).filter((key) => !claims[key]);
  const tabs = new Set([...Object.keys(claims), ...spilled.map((key) => key.slice(prefix.length))]);
  for (const other of tabs) {
    if (other === BORN || other === own || other.startsWith(prefix)) continue;
    const key = prefix + other;
    const spill = spilled.includes(key) && readSpill(key);
    const until = spill ? spill.until : claims[other]!;
    if (isAhead(until, now)) {
      taken.again = Math.min(taken.again, until);
      continue;
    }
    if (spill) {
      claims[key] = now + CLAIM_MS;
      taken.spills.push(key);
      taken.events.push(...spill.left);
      if (spill.born !== claims[BORN]) taken.wiped += spill.saved?.length ?? 0;
    }
    const range = IDBKeyRange.bound([other], [other, []]);
    const found = (await promisifyRequest<EventRecord[][]>(store.getAll(range))).flat();
    taken.events.push(...found.filter(({ key: [, number] }) => !spill || !spill.saved || spill.saved.includes(number)));
    store.delete(range);
    delete claims[other];
  }
  return taken;
}
