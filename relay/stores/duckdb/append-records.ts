/** Puts records of a bus into a table of DuckDB, with their envelopes in typed columns. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { StoredRecord } from "../../bus/port/record.ts";
import { createTable, loadRecords } from "./load-records.ts";
import { createRecordFile, type RecordFile } from "./record-file.ts";

/** A table that takes records. */
export interface RecordTable {
  /** Writes a record to a temporary file. */
  append(record: StoredRecord): void;
  /** What was appended is there for queries; more may be appended then. To be called now and then: until then it takes room on the disk. */
  load(): Promise<void>;
}

/** Creates the table, and returns what fills it. */
export async function createRecordTable(connection: DuckDBConnection, name: string): Promise<RecordTable> {
  await createTable(connection, name);
  let file: RecordFile | undefined;
  let folder = "";
  return {
    append(record) {
      if (file === undefined) {
        folder = mkdtempSync(join(tmpdir(), "sightline-records-"));
        file = createRecordFile(join(folder, "records.ndjson"));
      }
      file.write(record);
    },
    async load() {
      if (file === undefined) return;
      const full = file;
      const own = folder;
      file = undefined;
      full.end();
      await loadRecords(connection, name, full).finally(() => rmSync(own, { recursive: true, force: true }));
    },
  };
}
