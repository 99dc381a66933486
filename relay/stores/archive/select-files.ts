/** SQL that reads Parquet files of a table in its fixed types, whatever types the files have. */
import { join } from "node:path";
import type { Table } from "../columns/column.ts";
import type { DuckDb } from "../duckdb/open.ts";
import { literal, quoted } from "../duckdb/sql.ts";

/** A query for all rows of files, of which {@link typedAndEmpty} is the first: a type is never taken from what a file happens to have. */
export function selectFiles({ columns }: Table, paths: readonly string[]): string {
  const typed = columns.map(({ name, duckdb }) => `${quoted(name)}::${duckdb} AS ${quoted(name)}`).join(", ");
  const list = paths.map(literal).join(", ");
  return `SELECT ${typed} FROM read_parquet([${list}], union_by_name = true, hive_partitioning = false)`;
}

/** Makes a file that has each column in its type, and no row. */
export async function typedAndEmpty(
  { connection, folder }: Pick<DuckDb, "connection" | "folder">,
  { name, columns }: Table,
): Promise<string> {
  const path = join(folder, `${name}.parquet`);
  const typed = columns.map((column) => `NULL::${column.duckdb} AS ${quoted(column.name)}`).join(", ");
  await connection.run(`COPY (SELECT ${typed} WHERE false) TO ${literal(path)} (FORMAT parquet)`);
  return path;
}
