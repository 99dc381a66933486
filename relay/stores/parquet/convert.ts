/** Makes Parquet files of a batch, one for each table and hour that it has events of. */
import { join } from "node:path";
import { batchFile, hourFolder } from "../archive/layout.ts";
import type { Table } from "../columns/column.ts";
import { TABLES } from "../columns/tables.ts";
import { rowsOf, unreadableIn } from "../duckdb/from-envelope.ts";
import { createTable, loadRecords } from "../duckdb/load-records.ts";
import type { DuckDb } from "../duckdb/open.ts";
import { literal } from "../duckdb/sql.ts";
import type { Batch } from "./batch.ts";

/** A file that is to be put into the archive. */
export interface Made {
  key: string;
  path: string;
  rows: number;
}

/** What became of a batch. */
export interface Converted {
  files: Made[];
  /** Offsets of what is no event. */
  unreadable: ReadonlySet<bigint>;
}

const HOUR_MS = 3_600_000;
/** Rows of a row group: what the writer holds in memory at a time. */
const ROW_GROUP = 24_576;
const BATCH = "batch";
const ROWS = "of_table";

/** Converts an ended batch; its files lie in the folder of the DuckDB. The same records make the same files, with any number of threads. */
export async function convert({ connection, folder }: DuckDb, batch: Batch, id: string): Promise<Converted> {
  await createTable(connection, BATCH);
  try {
    await loadRecords(connection, BATCH, batch.file);
    const lost = await connection.runAndReadAll(unreadableIn(TABLES, BATCH));
    const unreadable = new Set(lost.getRowObjectsJS().map(({ offset }) => offset as bigint));
    const files: Made[] = [];
    for (const table of TABLES) {
      // Once: a condition on each row would be asked again for each hour.
      await connection.run(`CREATE TABLE ${ROWS} AS SELECT *, ${hourOf(table)} AS hour FROM (${rowsOf(table, BATCH)})`);
      const hours = await connection.runAndReadAll(`SELECT hour, count(*) AS rows FROM ${ROWS} GROUP BY hour ORDER BY hour`);
      for (const { hour, rows: count } of hours.getRowObjectsJS()) {
        const path = join(folder, `${id}.${table.name}.${String(hour)}.parquet`);
        const ofHour = `SELECT * EXCLUDE (hour) FROM ${ROWS} WHERE hour = ${String(hour)}`;
        await connection.run(
          `COPY (${ofHour}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`,
        );
        const key = hourFolder(table, new Date(Number(hour) * HOUR_MS)) + batchFile(table, id);
        files.push({ key, path, rows: Number(count) });
      }
      await connection.run(`DROP TABLE ${ROWS}`);
    }
    return { files, unreadable };
  } finally {
    await connection.run(`DROP TABLE ${BATCH}; DROP TABLE IF EXISTS ${ROWS}`);
  }
}

/**
 * Hours from 1970 on, or before it, of the time that a row is filed under: the sender's, which no retry changes, or the next one that there is of a time that a
 * folder can be called by.
 */
function hourOf({ columns }: Table): string {
  const times = ["timestamp", "occurred_at", "received_at"].filter((name) => columns.some((column) => column.name === name));
  const usual = times.map(
    (name) =>
      `CASE WHEN ${name} BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00Z' AND TIMESTAMPTZ '9999-12-31 23:59:59Z' THEN ${name} END`,
  );
  return `floor(epoch_ms(coalesce(${[...usual, "published_at"].join(", ")})) / ${HOUR_MS})::BIGINT`;
}
