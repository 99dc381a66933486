/** Runs the queries of this folder: each file is one SELECT over the views of select-events.ts, and tables of the files before it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { literal } from "../../stores/duckdb/sql.ts";

/** A row; whole numbers are numbers where they are exact, and else text, as keys are. */
export type Row = Record<string, unknown>;

/** Read once or twice: dictionaries only where they stay small, and no compression. */
const FORMAT = "FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1000, PARQUET_VERSION V2";

/** The text of a query. */
export function sqlOf(name: string): string {
  return readFileSync(new URL(`./${name}.sql`, import.meta.url), "utf8");
}

/** Resolves with the rows of a query. */
export async function rowsOfSql(connection: DuckDBConnection, name: string): Promise<Row[]> {
  const found = await connection.runAndReadAll(sqlOf(name));
  return found.getRowObjectsJS().map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])));
}

/** Makes a table of a query's rows; resolves with how many there are. */
export async function makeTable(
  connection: DuckDBConnection,
  table: string,
  name: string,
  parameters: Record<string, DuckDBValue> = {},
): Promise<number> {
  const made = await connection.runAndReadAll(`CREATE OR REPLACE TEMP TABLE ${table} AS ${sqlOf(name)}`, parameters);
  return Number(made.getRowsJS()[0]?.[0]);
}

/** Makes an enumerated type of a query's values. */
export async function makeType(connection: DuckDBConnection, type: string, name: string): Promise<void> {
  await connection.run(`DROP TYPE IF EXISTS ${type}`);
  await connection.run(`CREATE TYPE ${type} AS ENUM (${sqlOf(name)})`);
}

/** Makes a view of a query. */
export async function makeView(connection: DuckDBConnection, view: string, name: string): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP VIEW ${view} AS ${sqlOf(name)}`);
}

/**
 * Makes a Parquet file of a query's rows, and a view of it. A table would take the memory that joins need, or be put out of it again and again.
 */
export async function makeFile(
  connection: DuckDBConnection,
  folder: string,
  name: { view: string; query: string },
  parameters: Record<string, DuckDBValue> = {},
): Promise<void> {
  const file = literal(join(folder, `${name.view}.parquet`));
  await connection.run(`COPY (${sqlOf(name.query)}) TO ${file} (${FORMAT})`, parameters);
  await connection.run(`CREATE OR REPLACE TEMP VIEW ${name.view} AS SELECT * FROM read_parquet(${file})`);
}

function plain(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
