/**
 * The relay's conservation counters. They live in its database and change in the same transaction as what they count, so neither a
 * crash nor a restart makes them wrong: taken = delivered + duplicate + dead_lettered + held.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What became of an envelope. `dead_lettered:` is followed by the cause. */
export type Fate =
  /** It came with a message that the relay had not taken before. */
  | "taken"
  /** It is on the bus. */
  | "delivered"
  /** The bus has it already. */
  | "duplicate"
  /** The collector dropped a copy of it within one request; not in `taken`. */
  | "collapsed"
  /** It is in the dead letters. */
  | `dead_lettered:${string}`
  /** The queue delivered it again after it was settled; not in `taken`. */
  | "redelivered"
  /** It is one of `taken` that had used up its retries in its own queue: the relay was away for days. */
  | "from_dead_letter_queue";

/** One counter. */
export interface Counter {
  tenant_id: string;
  /** The event's surface; empty where it has none. */
  surface: string;
  /** Empty where it could not be read. */
  event_type: string;
  fate: Fate;
  n: number;
}

/** Counters added up; what is asked of them is said here and nowhere else. */
export interface Totals {
  taken: number;
  delivered: number;
  /** Copies dropped by relay and collector together. */
  duplicates: number;
  dead_lettered: number;
  redelivered: number;
  /** Of those taken, how many came by way of a dead-letter queue. */
  from_dead_letter_queue: number;
  /** Taken and not settled yet. */
  held: number;
}

/** Adds counters up. */
export function totals(counters: readonly Counter[]): Totals {
  const sum = (fate: string) => counters.reduce((total, row) => (row.fate.split(":", 1)[0] === fate ? total + row.n : total), 0);
  const [taken, delivered, dead_lettered, duplicate] = [sum("taken"), sum("delivered"), sum("dead_lettered"), sum("duplicate")];
  const held = taken - delivered - dead_lettered - duplicate;
  const [redelivered, from_dead_letter_queue] = [sum("redelivered"), sum("from_dead_letter_queue")];
  return { taken, delivered, duplicates: duplicate + sum("collapsed"), dead_lettered, redelivered, from_dead_letter_queue, held };
}

/** Name of the relay's database within DATA_DIR. */
export const STATE_FILE = "relay.db";

const SELECT = "SELECT tenant_id, surface, event_type, fate, n FROM counters ORDER BY 1, 2, 3, 4";

/** The counters of a relay, running or not; undefined where DATA_DIR holds no relay's state. */
export function readCounters(dataDir: string): Counter[] | undefined {
  return readState(dataDir, countersOf);
}

/** Which store a relay has, running or not: its salt, and the highest batch number that it claimed; undefined where DATA_DIR holds none. */
export function readStoreName(dataDir: string): { salt: string; lastBatch: number } | undefined {
  return readState(dataDir, (db) => {
    const { store_id = 0, last_batch = 0 } = db.prepare("SELECT store_id, last_batch FROM state").get() ?? {};
    return { salt: String(store_id), lastBatch: Number(last_batch) };
  });
}

function readState<T>(dataDir: string, read: (db: DatabaseSync) => T): T | undefined {
  const file = join(dataDir, STATE_FILE);
  if (!existsSync(file)) return undefined;
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

/** The counters in an open database. */
export function countersOf(db: DatabaseSync): Counter[] {
  return db.prepare(SELECT).all() as unknown as Counter[];
}
