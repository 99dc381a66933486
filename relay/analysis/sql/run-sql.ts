/** Runs the queries of this folder: each file is one SELECT over the views of select-events.ts, and tables of the files before it. */
import { readFileSync } from "node:fs";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";

/** A row; whole numbers are numbers where they are exact, and else text, as keys are. */
export type Row = Record<string, unknown>;

/** The text of a query. */
export function sqlOf(name: string): string {
  return readFileSync(new URL(`./${name}.sql`, import.meta.url), "utf8");
}

/** Resolves with the rows of a query. */
export async function rowsOfSql(connection: DuckDBConnection, name: string): Promise<Row[]> {
  const found = await connection.runAndReadAll(sqlOf(name));
  return found.getRowObjectsJS().map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])));
}

/** Makes a table of a query's rows. */
export async function makeTable(
  connection: DuckDBConnection,
  table: string,
  name: string,
  parameters: Record<string, DuckDBValue> = {},
): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${sqlOf(name)}`, parameters);
}

function plain(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
