/** Reads files of records into a table of DuckDB. */
import { isUtf8 } from "node:buffer";
import { rm } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { TABLES } from "../columns/tables.ts";
import { ENVELOPE_COLUMNS, PLACE_COLUMNS } from "./envelopes.ts";
import { asciiJson, createLineFile } from "./line-file.ts";
import type { PlaceNames, RecordFile } from "./record-file.ts";
import { literal, quoted } from "./sql.ts";
import { isUnfit } from "./unfit.ts";

/** DuckDB has two buffers of twice this size a thread. */
const LEAST_OBJECT_BYTES = 1 << 20;

/** Columns that are computed of each record as it is read. */
export interface Derived {
  /** Their types by name. */
  types: Readonly<Record<string, string>>;
  /** A query for the rows of a relation with these columns behind its own. */
  select(relation: string): string;
}

const NOTHING: Derived = { types: {}, select: (relation) => `SELECT * FROM ${relation}` };

/** Creates a table for records. @default derived: nothing */
export async function createTable(
  connection: DuckDBConnection,
  table: string,
  { types }: Pick<Derived, "types"> = NOTHING,
): Promise<void> {
  const columns = Object.entries({ ...PLACE_COLUMNS, ...ENVELOPE_COLUMNS, ...types });
  const typed = columns.map(([name, type]) => `${quoted(name)} ${type}`).join(", ");
  await connection.run(`CREATE TABLE ${quoted(table)} (${typed})`);
}

/**
 * Adds the records of a file that was ended: a row each, whose envelope is empty where the value is no JSON, or has a value that its column cannot
 * hold. `derived` as the table was created with.
 */
export async function loadRecords(
  connection: DuckDBConnection,
  table: string,
  file: RecordFile,
  derived: Derived = NOTHING,
): Promise<void> {
  if (await isRead(connection, table, file, { path: file.path, ignoresErrors: false, derived })) return;
  // What is wrong is looked for only where something is. An object that is cut off swallows the lines behind it: DuckDB's reader goes on until it
  // is closed.
  const checked = `${file.path}.checked`;
  try {
    await writeChecked(connection, file, checked);
    if (!(await isRead(connection, table, file, { path: checked, ignoresErrors: true, derived })))
      throw new Error(`${checked} was not read whole`);
  } finally {
    await rm(checked, { force: true });
  }
}

/** Adds all records, or none where not each of them was read. */
async function isRead(
  connection: DuckDBConnection,
  table: string,
  file: RecordFile,
  { path, ignoresErrors, derived }: { path: string; ignoresErrors: boolean; derived: Derived },
): Promise<boolean> {
  const placed = Object.entries(PLACE_COLUMNS).map(([name, type]) => {
    return { own: file.names[name as keyof PlaceNames], name, type };
  });
  const others = Object.entries(ENVELOPE_COLUMNS);
  const types = [...placed.map(({ own, type }) => [own, type] as const), ...others];
  const columns = types.map(([name, type]) => `${literal(name)}: ${literal(type)}`).join(", ");
  const most = Math.max(LEAST_OBJECT_BYTES, file.longest + 1);
  const source = `read_json(${literal(path)}, format = 'newline_delimited', columns = {${columns}}, ignore_errors = ${ignoresErrors}, maximum_object_size = ${most})`;
  const names = [...placed.map(({ own, name }) => `${quoted(own)} AS ${quoted(name)}`), ...others.map(([name]) => quoted(name))];
  // What was not read has lost its place, too.
  const rows = `(SELECT ${names.join(", ")} FROM ${source} WHERE ${quoted(file.names.offset)} IS NOT NULL)`;
  const read = `INSERT INTO ${quoted(table)} ${derived.select(rows)}`;
  await connection.run("BEGIN");
  try {
    const isWhole = (await connection.run(read)).rowsChanged === file.records;
    await connection.run(isWhole ? "COMMIT" : "ROLLBACK");
    return isWhole;
  } catch (error) {
    await connection.run("ROLLBACK");
    // Some of what is malformed is an error even where errors are ignored.
    if (/malformed json|json transform error/i.test((error as Error).message)) return false;
    throw error;
  }
}

/** Writes the file again, without the values that DuckDB itself says are no JSON, or have what no column holds: it is asked about each alone. */
async function writeChecked(connection: DuckDBConnection, file: RecordFile, path: string): Promise<void> {
  const asked = createLineFile(`${path}.asked`);
  let line = 0;
  for await (const { value } of file.lines()) {
    const text = value && isUtf8(value) ? value.toString() : "";
    asked.write(`{"line":${line++},"text":${asciiJson(text)}}`);
  }
  asked.end();
  const most = Math.max(LEAST_OBJECT_BYTES, asked.longest + 1);
  const found = await connection.runAndReadAll(
    `SELECT line FROM read_json(${literal(asked.path)}, format = 'newline_delimited', columns = {line: 'BIGINT', text: 'VARCHAR'}, maximum_object_size = ${most})
      WHERE CASE WHEN json_valid(text) THEN ${isUnfit(TABLES, "text")} ELSE true END`,
  );
  await rm(asked.path);
  const bad = new Set(found.getRowsJS().map(([n]) => Number(n)));
  const checked = createLineFile(path);
  line = 0;
  for await (const { place, whole } of file.lines()) {
    if (bad.has(line++)) checked.write(place);
    else checked.write("", Buffer.from(whole, "latin1"));
  }
  checked.end();
}
