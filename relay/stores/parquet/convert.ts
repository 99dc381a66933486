/** Makes Parquet files of a batch, one for each table and hour that it has events of. */
import { join } from "node:path";
import { batchFile, hourFolder } from "../archive/layout.ts";
import { TABLES } from "../columns/tables.ts";
import { columnsOf } from "../duckdb/from-envelope.ts";
import { createTable, loadRecords } from "../duckdb/load-records.ts";
import type { DuckDb } from "../duckdb/open.ts";
import { literal } from "../duckdb/sql.ts";
import type { Batch } from "./batch.ts";
import { FILED, HOUR_MS } from "./filed.ts";

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

/** Rows of a row group: what the writer holds in memory at a time. */
const ROW_GROUP = 24_576;
const BATCH = "batch";

/** Converts an ended batch; its files lie in the folder of the DuckDB. The same records make the same files, with any number of threads. */
export async function convert({ connection, folder }: DuckDb, batch: Batch, id: string): Promise<Converted> {
  await createTable(connection, BATCH, FILED);
  try {
    await loadRecords(connection, BATCH, batch.file, FILED);
    const lost = await connection.runAndReadAll(`SELECT "offset" FROM ${BATCH} WHERE of_table IS NULL`);
    const unreadable = new Set(lost.getRowObjectsJS().map(({ offset }) => offset as bigint));
    const found = await connection.runAndReadAll(
      `SELECT of_table, of_hour, count(*) AS rows FROM ${BATCH} WHERE of_table IS NOT NULL GROUP BY ALL ORDER BY ALL`,
    );
    const files: Made[] = [];
    for (const { of_table: name, of_hour: hour, rows: count } of found.getRowObjectsJS()) {
      const table = TABLES.find((one) => one.name === name)!;
      const path = join(folder, `${id}.${table.name}.${String(hour)}.parquet`);
      const rows = `SELECT ${columnsOf(table)} FROM ${BATCH} WHERE of_table = ${literal(table.name)} AND of_hour = ${String(hour)}`;
      await connection.run(`COPY (${rows}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`);
      const key = hourFolder(table, new Date(Number(hour) * HOUR_MS)) + batchFile(table, id);
      files.push({ key, path, rows: Number(count) });
    }
    return { files, unreadable };
  } finally {
    await connection.run(`DROP TABLE ${BATCH}`);
  }
}
