/** SQL that makes typed rows of envelopes: one place of it, for the archive and for `sightline verify`. */
import type { Column, Table } from "../columns/column.ts";
import { membersAt, valueAt } from "./envelopes.ts";
import { literal, quoted } from "./sql.ts";

export { quoted } from "./sql.ts";

/**
 * A query for the rows of a table among the records of a relation that {@link createRecordTable} made. What is no event of the table is left
 * out: other text, another's JSON, an event without what figures are made of.
 */
export function rowsOf(table: Table, relation: string): string {
  const columns = table.columns.map((column) => `${valueOf(column)} AS ${quoted(column.name)}`);
  return `SELECT ${columns.join(", ")} FROM ${relation} WHERE ${isRowOf([table])}`;
}

/** A query for the places of the records that are no event of any table: topic, partition and offset. */
export function unreadableIn(tables: readonly Table[], relation: string): string {
  return `SELECT topic, partition, "offset" FROM ${relation} WHERE NOT coalesce(${isRowOf(tables)}, false)`;
}

/** Whether a record is an event of one of some tables. */
export function isRowOf(tables: readonly Table[]): string {
  const types = tables.flatMap((table) => table.types.map(literal));
  return `${IS_EVENT} AND type IN (${types.join(", ")})`;
}

/**
 * What figures are made of is there. A payload that is no object, and items that are no list, have no value; an event has a payload, and a
 * decision or an exposure has items.
 */
const IS_EVENT = [
  "id <> ''",
  "event_type <> ''",
  "metadata.tenant_id <> ''",
  `(${membersAt("payload")
    .map((member) => `${member} IS NOT NULL`)
    .join(" OR ")})`,
  "(payload.items IS NOT NULL OR type NOT IN ('rec.decision.made.v1', 'rec.exposure.recorded.v1'))",
  "len(list_filter(coalesce(payload.items, []), lambda item: item IS NULL OR coalesce(item.item_id, '') = '' OR item.position IS NULL)) = 0",
].join(" AND ");

function valueOf({ name, path, isJson, otherwise }: Column): string {
  if (path === undefined) return quoted(name);
  // JSON's null is no value.
  const value = isJson ? `nullif(${valueAt(path)}::VARCHAR, 'null')` : valueAt(path);
  return otherwise === undefined ? value : `coalesce(${value}, ${otherwise})`;
}
