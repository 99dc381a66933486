/** SQL that makes typed rows of envelopes: one place of it, for the archive and for `sightline verify`. */
import type { Column, Table } from "../columns/column.ts";

/** Columns of a relation of records as they came: what the bus says of each, and its value. */
export const RECORD_COLUMNS = {
  topic: "VARCHAR",
  partition: "INTEGER",
  offset: "BIGINT",
  published_at: "TIMESTAMPTZ",
  value: "VARCHAR",
} as const;

/** A name in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A query for the rows of a table among the records of a relation that has {@link RECORD_COLUMNS}. What is no event of the table is left out:
 * other text, another's JSON, an event without what figures are made of.
 */
export function rowsOf(table: Table, relation: string): string {
  const columns = table.columns.map((column) => `${valueOf(column)} AS ${quoted(column.name)}`);
  const types = table.types.map((type) => `'${type}'`).join(", ");
  return `SELECT ${columns.join(", ")} FROM (${parsed(table, relation)}) WHERE ${IS_EVENT} AND envelope.type IN (${types})`;
}

/** A query for the places of the records that are no event of any table: topic, partition and offset. */
export function unreadableIn(tables: readonly Table[], relation: string): string {
  const types = tables.flatMap((table) => table.types.map((type) => `'${type}'`)).join(", ");
  const [table] = tables;
  if (table === undefined) throw new Error("expected a table");
  const isRow = `coalesce(${IS_EVENT} AND envelope.type IN (${types}), false)`;
  return `SELECT topic, partition, "offset" FROM (${parsed(table, relation)}) WHERE NOT ${isRow}`;
}

/** What figures are made of is there: as read-event.ts has it for records one by one. */
const IS_EVENT = [
  "envelope.id <> ''",
  "envelope.event_type <> ''",
  "envelope.metadata.tenant_id <> ''",
  "payload_is = 'OBJECT'",
  "coalesce(items_is, 'ARRAY') = 'ARRAY'",
  "len(list_filter(coalesce(envelope.payload.items, []), lambda item: item IS NULL OR coalesce(item.item_id, '') = '' OR item.position IS NULL)) = 0",
].join(" AND ");

function parsed(table: Table, relation: string): string {
  const structure: Members = { payload: { items: [{ item_id: "VARCHAR", position: "INTEGER" }] } };
  for (const { path, json, duckdb } of table.columns) {
    if (path !== undefined) put(structure, path, json ?? duckdb);
  }
  const shape = JSON.stringify(structure).replaceAll("'", "''");
  // What is no JSON has no envelope, and ends nothing.
  const value = "CASE WHEN json_valid(value) AND json_type(value) = 'OBJECT' THEN value END";
  return `SELECT *, from_json(found, '${shape}') AS envelope, json_type(found, '$.payload') AS payload_is,
    json_type(found, '$.payload.items') AS items_is FROM (SELECT * EXCLUDE (value), ${value} AS found FROM ${relation})`;
}

interface Members {
  [name: string]: Members | unknown;
}

function put(structure: Members, path: readonly string[], type: unknown): void {
  const [first, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) structure[first] = type;
  else put((structure[first] ??= {}) as Members, rest, type);
}

function valueOf({ name, path, duckdb, json, otherwise }: Column): string {
  if (path === undefined) return quoted(name);
  const value = `envelope.${path.map(quoted).join(".")}`;
  // JSON's null is no value.
  const plain = json === "JSON" ? `nullif(${value}::VARCHAR, 'null')` : json === undefined ? value : `${value}::${duckdb}`;
  return otherwise === undefined ? plain : `coalesce(${plain}, ${otherwise})`;
}
