/** Puts records of a bus into a table of DuckDB, as they came. */
import {
  BIGINT,
  DuckDBDataChunk,
  type DuckDBConnection,
  INTEGER,
  TIMESTAMPTZ,
  DuckDBTimestampTZValue,
  VARCHAR,
} from "@duckdb/node-api";
import type { StoredRecord } from "../../bus/port/record.ts";
import { quoted, RECORD_COLUMNS } from "./from-envelope.ts";

/** Rows of a chunk: what DuckDB works on at a time. */
const CHUNK = 2048;
const TYPES = [VARCHAR, INTEGER, BIGINT, TIMESTAMPTZ, VARCHAR];

/** A table that takes records. */
export interface RecordTable {
  append(record: StoredRecord): void;
  /** What was appended is there for queries. */
  flush(): void;
}

/** Creates the table, and returns what fills it. */
export async function createRecordTable(connection: DuckDBConnection, name: string): Promise<RecordTable> {
  const columns = Object.entries(RECORD_COLUMNS).map(([column, type]) => `${quoted(column)} ${type}`);
  await connection.run(`CREATE TABLE ${quoted(name)} (${columns.join(", ")})`);
  const appender = await connection.createAppender(name);
  let waiting: StoredRecord[] = [];
  const write = (): void => {
    if (waiting.length === 0) return;
    const chunk = DuckDBDataChunk.create(TYPES, waiting.length);
    chunk.setColumns([
      waiting.map(({ topic }) => topic),
      waiting.map(({ partition }) => partition),
      waiting.map(({ offset }) => offset),
      waiting.map(({ publishedAt }) => new DuckDBTimestampTZValue(BigInt(Date.parse(publishedAt)) * 1000n)),
      waiting.map(({ value }) => value.toString()),
    ]);
    appender.appendDataChunk(chunk);
    waiting = [];
  };
  return {
    append(record) {
      waiting.push(record);
      if (waiting.length === CHUNK) write();
    },
    flush() {
      write();
      appender.flushSync();
    },
  };
}
