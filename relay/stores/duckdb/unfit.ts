/** What a column cannot hold: text that is no number in a number's place, or a list's place taken by something else. Nothing of it may be lost, so its event is none. */
import type { Column, Table } from "../columns/column.ts";
import { literal } from "./sql.ts";

/** A condition in SQL: whether an envelope, the text of JSON, has a value that its column in one of some tables cannot hold. JSON's null is no value. */
export function isUnfit(tables: readonly Table[], envelope: string): string {
  const ofTables = tables.map(({ types, columns }) => {
    const conditions = columns.flatMap((column) => (column.path && !column.isJson ? unfitIn(column, column.path, envelope) : []));
    return `(${envelope}->>'$.type' IN (${types.map(literal).join(", ")}) AND (${conditions.join(" OR ")}))`;
  });
  return `coalesce(${ofTables.join(" OR ")}, false)`;
}

function unfitIn({ duckdb, readAs = duckdb }: Column, path: readonly string[], envelope: string): string[] {
  const at = `json_extract(${envelope}, ${literal(`$.${path.join(".")}`)})`;
  if (readAs === "DOUBLE") return [isOther(at, "DOUBLE")];
  if (!readAs.endsWith("[]")) return [];
  const numbers = [...readAs.matchAll(/(\w+) DOUBLE/g)].map(([, name]) => {
    const all = `json_extract(${envelope}, ${literal(`$.${path.join(".")}[*].${name}`)})`;
    return `len(list_filter(${all}, lambda one: ${isOther("one", "DOUBLE")})) > 0`;
  });
  return [isOther(at, ["JSON"]), ...numbers];
}

function isOther(value: string, shape: string | string[]): string {
  return `(json_type(${value}) <> 'NULL' AND from_json(${value}, ${literal(JSON.stringify(shape))}) IS NULL)`;
}
