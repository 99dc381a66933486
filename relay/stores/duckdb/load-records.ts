/** Reads files of records into a table of DuckDB. */
import { createReadStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ENVELOPE_COLUMNS, PLACE_COLUMNS } from "./envelopes.ts";
import type { RecordFile } from "./record-file.ts";
import { literal, quoted } from "./sql.ts";

/** DuckDB has two buffers of twice this size a thread. */
const LEAST_OBJECT_BYTES = 1 << 20;

const COLUMNS = [...Object.keys(PLACE_COLUMNS), ...Object.keys(ENVELOPE_COLUMNS)];

/** Creates a table for records. */
export async function createTable(connection: DuckDBConnection, table: string): Promise<void> {
  const columns = Object.entries({ ...PLACE_COLUMNS, ...ENVELOPE_COLUMNS });
  const typed = columns.map(([name, type]) => `${quoted(name)} ${type}`).join(", ");
  await connection.run(`CREATE TABLE ${quoted(table)} (${typed})`);
}

/** Adds the records of a file that was ended: a row each, whose envelope is empty where the value is no JSON. */
export async function loadRecords(connection: DuckDBConnection, table: string, file: RecordFile): Promise<void> {
  const { path, names, longest } = file;
  const placed = Object.entries(PLACE_COLUMNS).map(([name, type]) => [names[name as keyof typeof names], type] as const);
  const columns = [...placed, ...Object.entries(ENVELOPE_COLUMNS)].map(([name, type]) => `${literal(name)}: ${literal(type)}`);
  const most = Math.max(LEAST_OBJECT_BYTES, longest + 1);
  const source = `read_json(${literal(path)}, format = 'newline_delimited', columns = {${columns.join(", ")}}, ignore_errors = true, maximum_object_size = ${most})`;
  const renamed = placed.map(([name], n) => `${quoted(name)} AS ${quoted(COLUMNS[n]!)}`);
  const others = Object.keys(ENVELOPE_COLUMNS).map(quoted);
  await connection.run(`INSERT INTO ${quoted(table)} SELECT ${[...renamed, ...others].join(", ")} FROM ${source}`);
  // A line that is no JSON has lost its place, too.
  const gone = await connection.runAndReadAll(`DELETE FROM ${quoted(table)} WHERE "offset" IS NULL`);
  if (gone.rowsChanged > 0) await addPlaces(connection, table, file);
}

/** Adds the records that the table lacks, with nothing but their places. */
async function addPlaces(connection: DuckDBConnection, table: string, { path, names }: RecordFile): Promise<void> {
  const places: string[] = [];
  for await (const line of linesOf(path)) {
    const end = line.indexOf('"', line.indexOf(`"${names.published_at}":"`) + names.published_at.length + 4);
    places.push(`${line.slice(0, end + 1)}}`);
  }
  const list = `${path}.places`;
  await writeFile(list, places.join("\n"), { mode: 0o600 });
  const columns = Object.entries(PLACE_COLUMNS).map(([name, type]) => [names[name as keyof typeof names], type, name] as const);
  const typed = columns.map(([name, type]) => `${literal(name)}: ${literal(type)}`).join(", ");
  const same = columns.slice(0, 3).map(([name, , column]) => `place.${quoted(name)} = known.${quoted(column)}`);
  await connection.run(
    `INSERT INTO ${quoted(table)} (${columns.map(([, , column]) => quoted(column)).join(", ")})
    SELECT ${columns.map(([name]) => quoted(name)).join(", ")} FROM read_json(${literal(list)}, format = 'newline_delimited', columns = {${typed}}) AS place
    WHERE NOT EXISTS (FROM ${quoted(table)} AS known WHERE ${same.join(" AND ")})`,
  );
  await rm(list);
}

async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(path, "latin1")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
