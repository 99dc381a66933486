/** Opens an archive for queries: a DuckDB with a view for each table. */
import type { Table } from "../columns/column.ts";
import { TABLES } from "../columns/tables.ts";
import { ConfigError } from "../../lib/settings.ts";
import { quoted } from "../duckdb/from-envelope.ts";
import { type DuckDb, type DuckDbLimits, openDuckDb } from "../duckdb/open.ts";
import { type ArchiveFiles, FileGone } from "./files.ts";
import { isForeign, namesOf, type Span } from "./layout.ts";
import { hoursOf } from "./manifest.ts";
import { openFiles } from "./open-files.ts";
import { selectFiles, typedAndEmpty } from "./select-files.ts";
import type { ArchivePlace } from "./settings.ts";

/** Which archive, which part of it, and how much of the machine it may have. */
export interface OpenArchiveOptions extends ArchivePlace, Span, DuckDbLimits {}

/** An archive that can be queried. */
export interface OpenedArchive extends DuckDb {
  /** The files that the views read. */
  readonly paths: readonly string[];
  /** Bytes of them. */
  readonly bytes: number;
  /** Parquet files that lie in the archive's folders and are none of it. */
  readonly foreign: number;
}

/** Files go while they are looked for where an hour is compacted just then: so often it is listed again. */
const TRIES = 3;

/**
 * Opens it, with the views `events`, `rejects` and `client_reports` in their fixed types, empty where there are no files. They have the
 * files that count now, of all hours (UTC, of the event's timestamp) that have a part of the span. Rejects where the archive cannot be had, with
 * a ConfigError where its folder is not there.
 */
export async function openArchive({ from, to, memoryMb, threads, ...place }: OpenArchiveOptions): Promise<OpenedArchive> {
  const files = await openFiles(place);
  const absence = await files.absence();
  if (absence !== undefined) throw new ConfigError([absence]);
  const duckDb = await openDuckDb({
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(threads === undefined ? {} : { threads }),
  });
  try {
    const all: string[] = [];
    let [bytes, foreign] = [0, 0];
    for (const found of await currentFiles(files, { from, to })) {
      const paths = [await typedAndEmpty(duckDb, found.table), ...found.paths];
      await duckDb.connection.run(`CREATE VIEW ${quoted(found.table.name)} AS ${selectFiles(found.table, paths)}`);
      all.push(...paths);
      bytes += found.bytes;
      foreign += found.foreign;
    }
    return { ...duckDb, paths: all, bytes, foreign };
  } catch (error) {
    duckDb.close();
    throw error;
  } finally {
    files.close();
  }
}

/** The files of a table that count now. */
interface CurrentFiles {
  table: Table;
  /** On this machine. */
  paths: string[];
  bytes: number;
  /** Parquet files in its folders that are none of it. */
  foreign: number;
}

/** The files that count now, of all hours that have a part of the span, by table. */
export async function currentFiles(files: ArchiveFiles, span: Span): Promise<CurrentFiles[]> {
  for (let attempt = 1; ; attempt++) {
    const tables = await Promise.all(TABLES.map((table) => listTable(files, table, span)));
    try {
      // At once: room is made for the copies of an object store's files, and not by those that were located before.
      const paths = await files.locate(tables.flatMap(({ current }) => current));
      return tables.map(({ current, ...rest }) => ({ ...rest, paths: paths.splice(0, current.length) }));
    } catch (error) {
      if (!(error instanceof FileGone) || attempt === TRIES) throw error;
    }
  }
}

async function listTable(files: ArchiveFiles, table: Table, span: Span) {
  const listed = await files.list(namesOf(table, span));
  const hours = await hoursOf(files, table, listed);
  const current = hours.flatMap((hour) => hour.current);
  const bytes = current.reduce((sum, file) => sum + file.bytes, 0);
  return { table, current, bytes, foreign: listed.filter(({ key }) => isForeign(table, key)).length };
}
