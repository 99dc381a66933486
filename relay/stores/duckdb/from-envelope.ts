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
  return `SELECT ${columnsOf(table)} FROM ${relation} WHERE ${isRowOf([table])}`;
}

/** The columns of a table, of envelopes. */
export function columnsOf({ columns }: Table): string {
  return columns.map((column) => `${valueOf(column)} AS ${quoted(column.name)}`).join(", ");
}

/** A query for the places of the records that are no event of any table: topic, partition and offset. */
export function unreadableIn(tables: readonly Table[], relation: string): string {
  return `SELECT topic, partition, "offset" FROM ${relation} WHERE NOT coalesce(${isRowOf(tables)}, false)`;
}

/** Whether a record is an event of one of some tables. */
export function isRowOf(tables: readonly Table[]): string {
  const oneOf = tables.map((table) => `(type IN (${table.types.map(literal).join(", ")}) AND ${isWhole(table)})`);
  return `${IS_EVENT} AND (${oneOf.join(" OR ")})`;
}

/** An event has a payload, and a decision or an exposure has items. A payload that is no object, and items that are no list, have no value. */
const IS_EVENT = [
  `(${membersAt("payload")
    .map((member) => `${member} IS NOT NULL`)
    .join(" OR ")})`,
  "(payload.items IS NOT NULL OR type NOT IN ('rec.decision.made.v1', 'rec.exposure.recorded.v1'))",
  "len(list_filter(coalesce(payload.items, []), lambda item: NOT coalesce(item.item_id <> '' AND item.position = trunc(item.position) AND item.position BETWEEN -2147483648 AND 2147483647 AND isfinite(coalesce(item.score, 0)) AND isfinite(coalesce(item.propensity, 0)), false))) = 0",
].join(" AND ");

/** Has what every row of the table has, and no number that its column would change. */
function isWhole({ columns, required }: Table): string {
  const conditions = columns.flatMap((column) => {
    const { name, path, duckdb, otherwise } = column;
    if (path === undefined) return [];
    const value = valueAt(path);
    const isThere = duckdb === "VARCHAR" ? `coalesce(${value} <> '', false)` : `coalesce(isfinite(${value}), false)`;
    return [
      ...(required.includes(name) && otherwise === undefined ? [isThere] : []),
      ...(duckdb === "BIGINT"
        ? [`coalesce(${value} = trunc(${value}) AND abs(${value}) <= ${Number.MAX_SAFE_INTEGER}, true)`]
        : []),
      ...(duckdb === "DOUBLE" ? [`coalesce(isfinite(${value}), true)`] : []),
    ];
  });
  return conditions.join(" AND ");
}

function valueOf({ name, path, isJson, readAs, duckdb, otherwise }: Column): string {
  if (path === undefined) return quoted(name);
  // JSON's null is no value.
  const value = isJson ? `nullif(${valueAt(path)}::VARCHAR, 'null')` : valueAt(path);
  const typed = readAs === undefined ? value : `${value}::${duckdb}`;
  return otherwise === undefined ? typed : `coalesce(${typed}, ${otherwise})`;
}
