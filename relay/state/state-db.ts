/**
 * The state database: which part of the key log is valid, and the counters. One small SQLite file (relay.db) with the batches that are under
 * way, the blocks that are void, the files of the log and their lengths; its commit decides what of the log counts.
 */
import { randomInt } from "node:crypto";
import { openDatabase, StateError } from "../lib/database.ts";
import { type Counter, countersOf } from "./counters.ts";
import { KEY_VERSION, type KeyVersion } from "./key-hash.ts";
import type { Disk } from "./log/disk.ts";
import { bytesOf, type SegmentRow } from "./log/segment.ts";
import type { BatchRow, StateChange, StateNumbers, VoidBlock } from "./state-rows.ts";
import { apply, prepareStatements, readEffects, SCHEMA } from "./state-statements.ts";

/** Columns of the one row of state. */
type Column = "store_id" | "last_batch" | "last_seq" | "start_segment" | "start_slot" | "keys";

export interface StateDb {
  numbers(): StateNumbers;
  segments(): SegmentRow[];
  batches(): BatchRow[];
  voids(): VoidBlock[];
  counters(): Counter[];
  /** The lines of a message that its block settled. */
  settledLines(key: Uint32Array, seq: number): number[];
  /** Makes the changes durable, all or none. Throws what SQLite says. */
  commit(change: StateChange): void;
  close(): void;
}

/** Opens the state database. Throws a StateError where the file is damaged, or of an earlier form. */
export function openStateDb(file: string, disk: Disk): StateDb {
  const db = openDatabase(file, "");
  try {
    if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'markers'").get()) {
      throw new StateError(
        `${file} is of an earlier version, whose keys cannot be told from here. Run \`sightline dedup rebuild\`, which keeps its counters`,
      );
    }
    db.exec(SCHEMA);
    // Stores that are older say nothing of the version of their keys, which is the first.
    if (!db.prepare("SELECT 1 FROM pragma_table_info('state') WHERE name = 'keys'").get())
      db.exec("ALTER TABLE state ADD COLUMN keys INTEGER NOT NULL DEFAULT 1");
    db.prepare("INSERT OR IGNORE INTO state VALUES (1, ?, 0, 0, 1, 1, ?)").run(randomInt(1, 2 ** 47), KEY_VERSION);
  } catch (error) {
    db.close();
    throw error;
  }
  const sql = prepareStatements(db);
  return {
    numbers() {
      const row = sql.state.get() as Record<Column, number>;
      const start = { segment: row.start_segment, slot: row.start_slot };
      return {
        storeId: row.store_id,
        keyVersion: row.keys as KeyVersion,
        lastBatch: row.last_batch,
        lastSeq: row.last_seq,
        start,
      };
    },
    segments: () => sql.segments.all() as unknown as SegmentRow[],
    batches: () =>
      sql.batches.all().map(({ effects, ...row }) => ({ ...(row as unknown as BatchRow), ...readEffects(String(effects)) })),
    voids: () => sql.voids.all() as unknown as VoidBlock[],
    counters: () => countersOf(db),
    settledLines: (key, seq) => JSON.parse(String(sql.settledLines.get(bytesOf(key), seq)?.["done"] ?? "[]")) as number[],
    commit(change) {
      db.exec("BEGIN IMMEDIATE");
      try {
        apply(sql, change);
        disk.commit(db);
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => db.close(),
  };
}
