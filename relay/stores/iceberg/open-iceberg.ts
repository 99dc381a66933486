/** Opens an Iceberg table of events for queries: a DuckDB with a view for each table of the stores. */
import { join } from "node:path";
import { selectFiles, typedAndEmpty } from "../archive/select-files.ts";
import type { Table } from "../columns/column.ts";
import { EVENTS, TABLES } from "../columns/tables.ts";
import { type DuckDb, type DuckDbLimits, openDuckDb } from "../duckdb/open.ts";
import { literal, quoted } from "../duckdb/sql.ts";
import { columnProblems, namesById } from "./check-columns.ts";
import { dataFiles } from "./data-files.ts";
import type { TableFiles } from "./files.ts";
import { findTable, type IcebergPlace } from "./find-table.ts";
import { type Field, readMetadata } from "./metadata.ts";

/** A table that can be queried. */
export interface OpenedIceberg extends DuckDb {
  /** Location of the metadata that was read. */
  readonly location: string;
  /** Undefined where nothing was written yet. */
  readonly snapshot: string | undefined;
  /** The files that the views read. */
  readonly paths: readonly string[];
}

/**
 * Opens the current snapshot as the view `events`; `rejects` and `client_reports` are empty. Files of an object store are copied into a
 * temporary folder. Rejects with an Error that says what was expected: columns of other types, single rows that were deleted, a renamed column.
 */
export async function openIceberg(place: IcebergPlace, limits: DuckDbLimits = {}): Promise<OpenedIceberg> {
  const { location, files } = await findTable(place);
  try {
    const { fields, snapshot } = readMetadata(await files.read(location), location);
    const problems = columnProblems(EVENTS, fields);
    if (problems.length > 0) throw new Error([`${location}: expected a table of events:`, ...problems].join("\n  "));
    const found = snapshot === undefined ? [] : await dataFiles(snapshot.manifestList, (one) => files.read(one));
    const duckDb = await openDuckDb(limits);
    try {
      const paths = await locate(files, found, duckDb.folder);
      await checkNames(duckDb, paths, fields, location);
      const all: string[] = [];
      for (const table of TABLES) {
        const own = [await typedAndEmpty(duckDb, table), ...(table === EVENTS ? paths : [])];
        await duckDb.connection.run(`CREATE VIEW ${quoted(table.name)} AS ${withDefaults(table, selectFiles(table, own))}`);
        all.push(...own);
      }
      return { ...duckDb, location, snapshot: snapshot?.id, paths: all };
    } catch (error) {
      duckDb.close();
      throw error;
    }
  } finally {
    files.close();
  }
}

async function locate(files: TableFiles, locations: readonly string[], folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const [n, one] of locations.entries()) paths.push(await files.path(one, join(folder, `data-${n}.parquet`)));
  return paths;
}

/**
 * Iceberg knows columns by their ids, DuckDB by their names. A file that was written before a column was renamed, or before it was dropped
 * and made anew, would be read wrong.
 */
async function checkNames(
  { connection }: DuckDb,
  paths: readonly string[],
  fields: readonly Field[],
  location: string,
): Promise<void> {
  if (paths.length === 0) return;
  const names = namesById(fields);
  const current = new Set(names.values());
  const found = await connection.runAndReadAll(
    `SELECT DISTINCT field_id, name FROM parquet_schema([${paths.map(literal).join(", ")}]) WHERE field_id IS NOT NULL ORDER BY ALL`,
  );
  for (const { field_id, name } of found.getRowObjectsJS()) {
    const now = names.get(Number(field_id));
    if (now === undefined ? current.has(String(name)) : now !== name)
      throw new Error(
        `${location}: expected the names of columns as they were when its files were written, got ${now ?? `another ${String(name)}`} for what was ${String(name)}: write the files anew (rewrite_data_files)`,
      );
  }
}

/** What has a value in every envelope, and may be missing in a table that others write. */
function withDefaults({ columns }: Table, rows: string): string {
  const replaced = columns.flatMap(({ name, otherwise }) =>
    otherwise === undefined ? [] : [`coalesce(${quoted(name)}, ${otherwise}) AS ${quoted(name)}`],
  );
  return replaced.length === 0 ? rows : `SELECT * REPLACE (${replaced.join(", ")}) FROM (${rows})`;
}
