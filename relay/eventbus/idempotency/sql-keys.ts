/**
 * Keys in Postgres or in SQLite: the same statements in both. A `pg` client that is in a transaction makes a store whose `put` is part of
 * that transaction: where the handler writes by the same client, its effect and the key are there together, or neither is.
 */
import { openSqlite, type Queryable } from "../../lib/queryable.ts";
import type { IdempotencyKeyStore } from "./key-store.ts";

/** Name of the table, found in Postgres by the connection's search_path. */
const TABLE = "sightline_idempotency_keys";

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS ${TABLE} (key text PRIMARY KEY, expires_at bigint NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS ${TABLE}_expired ON ${TABLE} (expires_at)`,
];
const HAS = `SELECT 1 AS there FROM ${TABLE} WHERE key = $1 AND expires_at > $2`;
const PUT = `INSERT INTO ${TABLE} (key, expires_at) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at`;
/** Postgres lets a second transaction wait here until the first has ended. */
const TAKE = `${PUT} WHERE ${TABLE}.expires_at <= $3`;
const CLEAN = `DELETE FROM ${TABLE} WHERE expires_at <= $1`;

const until = (ttlSeconds: number, now: number): number => Math.ceil(now + ttlSeconds * 1000);

/** Makes the table where it is missing: once, as a role that may CREATE. Others need SELECT, INSERT, UPDATE and DELETE. */
export async function migrateKeys(db: Queryable): Promise<void> {
  for (const statement of SCHEMA) await db.query(statement);
}

/** Keys in a Postgres; the table is made by {@link migrateKeys}. `now` is a clock in milliseconds since 1970. */
export function postgresKeyStore(db: Queryable, now: () => number = Date.now): IdempotencyKeyStore {
  return {
    has: async (key) => (await db.query(HAS, [key, now()])).rows.length > 0,
    async put(key, ttlSeconds) {
      await db.query(PUT, [key, until(ttlSeconds, now())]);
    },
  };
}

/**
 * Puts the key in the transaction of `tx`, and resolves with true; with false where it is there already. A transaction that is about to put
 * the same key waits until this one has ended: of several that come at once, one alone has the effect.
 */
export async function takeKey(tx: Queryable, key: string, ttlSeconds: number, now: () => number = Date.now): Promise<boolean> {
  const { rowCount } = await tx.query(TAKE, [key, until(ttlSeconds, now()), now()]);
  return rowCount === 1;
}

/** Removes keys whose time is over; resolves with how many. To be called now and then. */
export async function cleanKeys(db: Queryable, now: () => number = Date.now): Promise<number> {
  return (await db.query(CLEAN, [now()])).rowCount ?? 0;
}

/** Keys in a SQLite file, which is made where it is missing: for the processes of one machine. Each put is on the disk when it resolves. */
export function sqliteKeyStore(
  file: string,
  now: () => number = Date.now,
): IdempotencyKeyStore & { clean(): Promise<number>; close(): void } {
  const db = openSqlite(file);
  const made = migrateKeys(db);
  const { has, put } = postgresKeyStore(db, now);
  return {
    has: (key) => made.then(() => has(key)),
    put: (key, ttlSeconds) => made.then(() => put(key, ttlSeconds)),
    clean: () => made.then(() => cleanKeys(db, now)),
    close: () => db.close(),
  };
}
