import type { Queryable } from "../../lib/queryable.ts";
import type { Published } from "./publish-rows.ts";
import { OUTBOX_TABLE } from "./table.ts";

const PUBLISHED = `UPDATE ${OUTBOX_TABLE} SET status = 'published', attempts = attempts + 1, reason = NULL, settled_at = clock_timestamp()
  WHERE id = ANY($1::bigint[])`;
const REASONS = "FROM unnest($1::bigint[], $2::text[]) AS tried (id, why)";
const REFUSED = `UPDATE ${OUTBOX_TABLE} AS o SET status = 'failed', attempts = attempts + 1, reason = why, settled_at = clock_timestamp()
  ${REASONS} WHERE o.id = tried.id`;
const DEFERRED = `UPDATE ${OUTBOX_TABLE} AS o SET attempts = attempts + 1, reason = why ${REASONS} WHERE o.id = tried.id`;

/** Writes down what became of rows, in the transaction that has claimed them. */
export async function settleRows(client: Queryable, { published, refused, deferred }: Published): Promise<void> {
  if (published.length > 0) await client.query(PUBLISHED, [published.map(({ id }) => id)]);
  for (const [text, tried] of [
    [REFUSED, refused],
    [DEFERRED, deferred],
  ] as const) {
    // Postgres takes no U+0000 in a text.
    if (tried.length > 0)
      await client.query(text, [tried.map(({ row }) => row.id), tried.map(({ reason }) => reason.replaceAll("\0", ""))]);
  }
}
