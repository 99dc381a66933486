/** Opens an archive for queries: a DuckDB with a view for each table. */
import type { Table } from "../columns/column.ts";
import { TABLES } from "../columns/tables.ts";
import { quoted } from "../duckdb/from-envelope.ts";
import { type DuckDb, type DuckDbLimits, openDuckDb } from "../duckdb/open.ts";
import { type ArchiveFiles, FileGone } from "./files.ts";
import { namesOf, type Span } from "./layout.ts";
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
}

/** Files go while they are looked for where an hour is compacted just then: so often it is listed again. */
const TRIES = 3;

/**
 * Opens it, with the views `events`, `rejects` and `client_reports` in their fixed types, empty where there are no files. They have the
 * files that count now, of all hours (UTC, of the event's timestamp) that have a part of the span. Rejects where the archive cannot be had.
 */
export async function openArchive({ from, to, memoryMb, threads, ...place }: OpenArchiveOptions): Promise<OpenedArchive> {
  const files = await openFiles(place);
  const duckDb = await openDuckDb({
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(threads === undefined ? {} : { threads }),
  });
  try {
    const all: string[] = [];
    let bytes = 0;
    for (const table of TABLES) {
      const found = await currentFiles(files, table, { from, to });
      const paths = [await typedAndEmpty(duckDb, table), ...found.paths];
      await duckDb.connection.run(`CREATE VIEW ${quoted(table.name)} AS ${selectFiles(table, paths)}`);
      all.push(...paths);
      bytes += found.bytes;
    }
    return { ...duckDb, paths: all, bytes };
  } catch (error) {
    duckDb.close();
    throw error;
  } finally {
    files.close();
  }
}

async function currentFiles(files: ArchiveFiles, table: Table, span: Span): Promise<{ paths: string[]; bytes: number }> {
  for (let attempt = 1; ; attempt++) {
    const hours = await hoursOf(files, table, await files.list(namesOf(table, span)));
    const current = hours.flatMap((hour) => hour.current);
    try {
      const bytes = current.reduce((sum, file) => sum + file.bytes, 0);
      return { paths: await files.locate(current), bytes };
    } catch (error) {
      if (!(error instanceof FileGone) || attempt === TRIES) throw error;
    }
  }
}
