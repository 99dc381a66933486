import type { Queryable } from "../../lib/queryable.ts";

/** Names of the tables, found in Postgres by the connection's search_path. */
export const EVENTS = "sightline_events";
export const SNAPSHOTS = "sightline_snapshots";

const STATEMENTS = [
  `CREATE TABLE IF NOT EXISTS ${EVENTS} (
    stream_id text NOT NULL, version bigint NOT NULL, event text NOT NULL, published smallint NOT NULL,
    PRIMARY KEY (stream_id, version))`,
  `CREATE INDEX IF NOT EXISTS ${EVENTS}_pending ON ${EVENTS} (stream_id, version) WHERE published = 0`,
  `CREATE TABLE IF NOT EXISTS ${SNAPSHOTS} (
    stream_id text NOT NULL, shape text NOT NULL, version bigint NOT NULL, state text NOT NULL, PRIMARY KEY (stream_id, shape))`,
];

/** Makes the tables where they are missing: once, as a role that may CREATE. Others need SELECT, INSERT and UPDATE. */
export async function migrateEventStore(db: Queryable): Promise<void> {
  for (const statement of STATEMENTS) await db.query(statement);
}
