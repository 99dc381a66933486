/** What an operator does with an outbox. */
import type { Queryable, Row } from "../../lib/queryable.ts";
import type { PublishedEvent } from "../port/events.ts";
import { OUTBOX_TABLE } from "./table.ts";

/** A row that the bus refused. */
export interface FailedRow {
  id: string;
  stream: string;
  partition_key: string | null;
  event_id: string;
  event_type: string;
  attempts: number;
  reason: string;
  /** ISO 8601 UTC. */
  queued_at: string;
  failed_at: string;
}

const FAILED = `SELECT * FROM ${OUTBOX_TABLE} WHERE status = 'failed' AND id > $1 ORDER BY id LIMIT 500`;

/** The failed rows, oldest first. */
export async function* failedRows(client: Queryable): AsyncIterable<FailedRow> {
  for (let after: unknown = 0; ;) {
    const { rows } = await client.query(FAILED, [after]);
    yield* rows.map(asFailed);
    if (rows.length === 0) return;
    after = rows.at(-1)!["id"];
  }
}

/** The event is taken apart here: Postgres's own operators refuse an escaped U+0000. */
function asFailed({ id, stream, partition_key, event, attempts, reason, queued_at, settled_at }: Row): FailedRow {
  const { event_id, event_type } = event as PublishedEvent;
  const times = { queued_at: (queued_at as Date).toISOString(), failed_at: (settled_at as Date).toISOString() };
  return { id: String(id), stream, partition_key, event_id, event_type, attempts, reason, ...times } as FailedRow;
}

/**
 * Has failed rows published again, all of them or the one with this id, under the ids that they have; resolves with how many. What was
 * published after one stays before it.
 */
export async function retryFailed(client: Queryable, id?: string): Promise<number> {
  const text = `WITH again AS (UPDATE ${OUTBOX_TABLE} SET status = 'pending', settled_at = NULL
    WHERE status = 'failed' AND ($1::bigint IS NULL OR id = $1) RETURNING 1)
    SELECT count(*) AS n, pg_notify('${OUTBOX_TABLE}', '') FROM again`;
  const { rows } = await client.query(text, [id ?? null]);
  return Number(rows[0]!["n"]);
}

/** Rows that wait. */
export async function countPending(client: Queryable): Promise<number> {
  const { rows } = await client.query(`SELECT count(*) AS n FROM ${OUTBOX_TABLE} WHERE status = 'pending'`);
  return Number(rows[0]!["n"]);
}

/** Rows that one statement removes: it holds what it removes until its end. */
const CLEAN_AT_ONCE = 5_000;

/** Removes what was published over `hours` ago; resolves with how many. Failed rows stay. */
export async function cleanOutbox(client: Queryable, hours: number): Promise<number> {
  const text = `DELETE FROM ${OUTBOX_TABLE} WHERE id IN (SELECT id FROM ${OUTBOX_TABLE}
    WHERE status = 'published' AND settled_at < now() - make_interval(hours => $1) LIMIT ${CLEAN_AT_ONCE})`;
  for (let cleaned = 0; ;) {
    const { rowCount } = await client.query(text, [hours]);
    cleaned += rowCount ?? 0;
    if ((rowCount ?? 0) < CLEAN_AT_ONCE) return cleaned;
  }
}
