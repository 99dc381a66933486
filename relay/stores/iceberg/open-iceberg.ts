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
import { findTable, type FoundTable, type IcebergPlace, isNamed } from "./find-table.ts";
import { type Field, readMetadata } from "./metadata.ts";
import { NoTable } from "./no-table.ts";

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
 * Opens the current snapshot as the view `events`, and the tables `rejects` and `client_reports` of its namespace, which are empty where a
 * catalog has none. Files of an object store are copied into a temporary folder. Rejects with an Error that says what was expected: columns of other types,
 * single rows that were deleted, a renamed column.
 */
export async function openIceberg(place: IcebergPlace, limits: DuckDbLimits = {}): Promise<OpenedIceberg> {
  const events = await findTable(place);
  const duckDb = await openDuckDb(limits).catch((error: unknown) => {
    events.files.close();
    throw error;
  });
  try {
    const { location, snapshot, paths } = await openTable(duckDb, EVENTS, events);
    for (const table of TABLES.filter((one) => one !== EVENTS)) {
      const beside = await findBeside(place, table);
      paths.push(...(await openTable(duckDb, table, beside)).paths);
    }
    return { ...duckDb, location: location!, snapshot, paths };
  } catch (error) {
    duckDb.close();
    throw error;
  }
}

/** Makes the view of a table; an empty one where it was not found. */
async function openTable(duckDb: DuckDb, table: Table, found: FoundTable | undefined) {
  const paths: string[] = [await typedAndEmpty(duckDb, table)];
  let snapshot: string | undefined;
  if (found !== undefined) {
    const { location, files } = found;
    try {
      const state = readMetadata(await files.read(location), location);
      const problems = columnProblems(table, state.fields);
      if (problems.length > 0) throw new Error([`${location}: expected a table of ${table.name}:`, ...problems].join("\n  "));
      snapshot = state.snapshot?.id;
      const { manifestList } = state.snapshot ?? {};
      const data = manifestList === undefined ? [] : await dataFiles(manifestList, (one) => files.read(one));
      const own = await locate(files, data, duckDb.folder, table);
      await checkNames(duckDb, own, state.fields, location);
      paths.push(...own);
    } finally {
      files.close();
    }
  }
  await duckDb.connection.run(`CREATE VIEW ${quoted(table.name)} AS ${withDefaults(table, selectFiles(table, paths))}`);
  return { location: found?.location, snapshot, paths };
}

/** The table of a name in the namespace of the events' one; undefined where the catalog has none, or where no catalog is asked. */
async function findBeside(place: IcebergPlace, { name }: Table): Promise<FoundTable | undefined> {
  if (place.catalog === undefined || place.table === undefined || !isNamed(place.table)) return undefined;
  const namespace = place.table.slice(0, place.table.lastIndexOf("."));
  try {
    return await findTable({ ...place, table: `${namespace}.${name}` });
  } catch (error) {
    if (error instanceof NoTable) return undefined;
    throw error;
  }
}

async function locate(files: TableFiles, locations: readonly string[], folder: string, { name }: Table): Promise<string[]> {
  const paths: string[] = [];
  for (const [n, one] of locations.entries()) paths.push(await files.path(one, join(folder, `${name}-${n}.parquet`)));
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
