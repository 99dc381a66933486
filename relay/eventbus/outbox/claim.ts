/**
 * What a worker takes, within a transaction whose end gives it up, however it ends. An advisory lock on each key keeps other workers from
 * the key's later rows; FOR UPDATE SKIP LOCKED would hand them out, out of order.
 */
import type { Queryable } from "../../lib/queryable.ts";
import type { PublishedEvent } from "../port/events.ts";
import { PUBLISH_LOCK } from "./locks.ts";
import { OUTBOX_TABLE } from "./table.ts";

/** A row that is to be published. */
export interface OutboxRow {
  id: string;
  stream: string;
  partitionKey: string | undefined;
  event: PublishedEvent;
}

/** The same as `lockName` for a row with a key; a row without one is locked alone. */
const LOCK_NAME = "CASE WHEN partition_key IS NULL THEN id::text ELSE stream || chr(31) || partition_key END";

/** The oldest rows, and for each whether its key could be had. Materialized: not one lock more than there are rows. */
const LOCK = `WITH oldest AS MATERIALIZED (
    SELECT id, ${LOCK_NAME} AS name FROM ${OUTBOX_TABLE}
    WHERE status = 'pending' AND id > $1 AND stream <> ALL($2::text[]) ORDER BY id LIMIT $3)
  SELECT id, name, CASE WHEN name = ANY($4::text[]) THEN false ELSE pg_try_advisory_xact_lock(${PUBLISH_LOCK}, hashtext(name)) END AS mine
  FROM oldest ORDER BY id`;

/**
 * A statement of its own: it sees what whoever had the key before has done, since the lock is held already. Ids are not given in the order of
 * commits: behind the first look a key may have rows by now that were passed over unseen, and is left for the next claim.
 */
const READ = `SELECT id, stream, partition_key, event FROM ${OUTBOX_TABLE} AS o
  WHERE id = ANY($1::bigint[]) AND status = 'pending' AND (partition_key IS NULL OR NOT EXISTS (
    SELECT 1 FROM ${OUTBOX_TABLE} AS older WHERE older.status = 'pending' AND older.id <= $2
    AND older.stream = o.stream AND older.partition_key = o.partition_key))
  ORDER BY id`;

/** How many times as many rows as it takes a worker looks at, before it leaves the rest for later. */
const LOOKS = 10;

/** What a worker has claimed. */
export interface Claim {
  rows: OutboxRow[];
  /** Other workers have rows that it could have taken. */
  othersWork: boolean;
}

/**
 * Claims up to `batchSize` rows of streams that are not `paused`, in the order of their ids; of each key its oldest ones. The client must
 * be in a transaction (READ COMMITTED).
 */
export async function claimRows(client: Queryable, batchSize: number, paused: readonly string[]): Promise<Claim> {
  // A key that somebody else had a moment ago may be free by now, but its oldest rows were passed over.
  const passed = new Set<unknown>();
  let after: unknown = 0;
  for (let looks = 0; looks < LOOKS; looks++) {
    const { rows } = await client.query(LOCK, [after, paused, batchSize, [...passed]]);
    for (const { name, mine } of rows) if (mine !== true) passed.add(name);
    const ids = rows.filter(({ mine }) => mine === true).map(({ id }) => id);
    const claimed = ids.length === 0 ? [] : (await client.query(READ, [ids, after])).rows.map(asRow);
    if (claimed.length > 0 || rows.length < batchSize) return { rows: claimed, othersWork: passed.size > 0 };
    after = rows.at(-1)!["id"];
  }
  return { rows: [], othersWork: true };
}

function asRow({ id, stream, partition_key, event }: Record<string, unknown>): OutboxRow {
  return {
    id: String(id),
    stream: String(stream),
    partitionKey: partition_key === null ? undefined : String(partition_key),
    event: event as PublishedEvent,
  };
}
