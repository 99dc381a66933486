/**
 * The outbox's table. A row is `pending` until its publish is confirmed, then `published` until it is cleaned; `failed` is what the bus
 * will never take, with the reason, until an operator retries it.
 *
 * Least privilege: whoever owns the schema migrates; a service that queues needs INSERT; the worker needs SELECT, UPDATE and DELETE.
 */
import type { Queryable } from "../../lib/queryable.ts";

/** Name of the table, found by the connection's search_path; also the channel of NOTIFY. */
export const OUTBOX_TABLE = "sightline_outbox";

const STATEMENTS = [
  `CREATE TABLE IF NOT EXISTS ${OUTBOX_TABLE} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text NOT NULL,
    partition_key text,
    event json NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'published', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    reason text,
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz)`,
  `CREATE INDEX IF NOT EXISTS ${OUTBOX_TABLE}_pending ON ${OUTBOX_TABLE} (id) WHERE status = 'pending'`,
  `CREATE INDEX IF NOT EXISTS ${OUTBOX_TABLE}_failed ON ${OUTBOX_TABLE} (id) WHERE status = 'failed'`,
  `CREATE INDEX IF NOT EXISTS ${OUTBOX_TABLE}_settled ON ${OUTBOX_TABLE} (settled_at) WHERE status = 'published'`,
];

/** Makes the table where it is missing; of no effect where it is there. Needs CREATE on the schema. */
export async function migrateOutbox(client: Queryable): Promise<void> {
  for (const statement of STATEMENTS) await client.query(statement);
}
