/**
 * The ledger: what of the key log counts. One small SQLite file (relay.db) with the batches that are under way, the blocks that are void, the
 * files of the log and their lengths, and the counters; its commit decides what of the log is there.
 */
import { randomInt } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { UnderWay } from "../bus/port/bus.ts";
import { type Counter, countersOf } from "./counters.ts";
import { openDatabase, StateError } from "../lib/database.ts";
import type { Disk } from "./log/disk.ts";
import type { Key } from "./keys.ts";
import type { LogStart } from "./log/key-log.ts";
import type { SegmentRow } from "./log/segment.ts";

/** A batch that is under way, as the ledger keeps it. */
export interface BatchRow extends UnderWay {
  /** Its block in the log; `count` is 0 where it has none. */
  seq: number;
  segment: number;
  slot: number;
  count: number;
  /** Markers in it. */
  keys: number;
  /** Counted when it is settled. */
  settled: Counter[];
}

/** A block whose markers do not count. */
export interface VoidRow {
  seq: number;
  segment: number;
}

/** Lines of a message that are settled once its block is. */
export interface PartRow {
  /** The message's key in the log. */
  key: Key;
  seq: number;
  segment: number;
  done: number[];
}

/** The numbers of which there is one each. */
export interface State {
  /** Marks the files of this store. */
  storeId: number;
  lastBatch: number;
  lastSeq: number;
  start: LogStart;
}

/** Changes for one commit. */
export interface Change {
  state?: Partial<Omit<State, "storeId">>;
  segments?: readonly SegmentRow[];
  batches?: readonly BatchRow[];
  /** Numbers of batches that are under way no longer. */
  ended?: readonly number[];
  voids?: readonly VoidRow[];
  parts?: readonly PartRow[];
  /** Added to the counters. */
  counters?: readonly Counter[];
}

export interface Ledger {
  state(): State;
  segments(): SegmentRow[];
  batches(): BatchRow[];
  voids(): VoidRow[];
  counters(): Counter[];
  /** What {@link PartRow.done} says of a message in a block. */
  part(key: Key, seq: number): number[];
  /** Makes the changes durable, all or none. Throws what SQLite says. */
  commit(change: Change): void;
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS state (
    one INTEGER PRIMARY KEY CHECK (one = 1), store_id INTEGER NOT NULL, last_batch INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    start_segment INTEGER NOT NULL, start_slot INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS segments (
    id INTEGER PRIMARY KEY, slots INTEGER NOT NULL, keys INTEGER NOT NULL, opened INTEGER NOT NULL, newest INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS batches (
    number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, segment INTEGER NOT NULL, slot INTEGER NOT NULL, count INTEGER NOT NULL,
    keys INTEGER NOT NULL, effects TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS voids (seq INTEGER PRIMARY KEY, segment INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS parts (
    key BLOB, seq INTEGER, segment INTEGER NOT NULL, done TEXT NOT NULL, PRIMARY KEY (key, seq)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counters (
    tenant_id TEXT, surface TEXT, event_type TEXT, fate TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, surface, event_type, fate)) WITHOUT ROWID;
`;

/** Opens the ledger. Throws a StateError where the file is damaged, or of an earlier form. */
export function openLedger(file: string, disk: Disk): Ledger {
  const db = openDatabase(file, "");
  try {
    if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'markers'").get()) {
      throw new StateError(
        `${file} is of an earlier version, whose keys cannot be told from here. Run \`sightline dedup rebuild\`, which keeps its counters`,
      );
    }
    db.exec(SCHEMA);
    db.prepare("INSERT OR IGNORE INTO state VALUES (1, ?, 0, 0, 1, 1)").run(randomInt(1, 2 ** 47));
  } catch (error) {
    db.close();
    throw error;
  }
  const sql = statements(db);
  return {
    state() {
      const row = sql.state.get() as Record<"store_id" | "last_batch" | "last_seq" | "start_segment" | "start_slot", number>;
      const start = { segment: row.start_segment, slot: row.start_slot };
      return { storeId: row.store_id, lastBatch: row.last_batch, lastSeq: row.last_seq, start };
    },
    segments: () => sql.segments.all() as unknown as SegmentRow[],
    batches: () =>
      sql.batches.all().map(({ effects, ...row }) => ({ ...(row as unknown as BatchRow), ...readEffects(String(effects)) })),
    voids: () => sql.voids.all() as unknown as VoidRow[],
    counters: () => countersOf(db),
    part: (key, seq) => JSON.parse(String(sql.part.get(bytes(key), seq)?.["done"] ?? "[]")) as number[],
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

function apply(sql: ReturnType<typeof statements>, change: Change): void {
  for (const number of change.ended ?? []) sql.dropBatch.run(number);
  for (const { id, slots, keys, opened, newest } of change.segments ?? []) sql.putSegment.run(id, slots, keys, opened, newest);
  for (const row of change.batches ?? [])
    sql.putBatch.run(row.number, row.seq, row.segment, row.slot, row.count, row.keys, writeEffects(row));
  for (const { seq, segment } of change.voids ?? []) sql.putVoid.run(seq, segment);
  for (const { key, seq, segment, done } of change.parts ?? []) sql.putPart.run(bytes(key), seq, segment, JSON.stringify(done));
  for (const { tenant_id, surface, event_type, fate, n } of change.counters ?? [])
    sql.count.run(tenant_id, surface, event_type, fate, n);
  const { lastBatch, lastSeq, start } = change.state ?? {};
  if (lastBatch !== undefined) sql.lastBatch.run(lastBatch);
  if (lastSeq !== undefined) sql.lastSeq.run(lastSeq);
  if (start) {
    sql.start.run(start.segment, start.slot);
    for (const drop of [sql.dropSegments, sql.dropVoids, sql.dropParts]) drop.run(start.segment);
  }
}

function statements(db: DatabaseSync) {
  return {
    state: db.prepare("SELECT * FROM state"),
    segments: db.prepare("SELECT * FROM segments ORDER BY id"),
    batches: db.prepare("SELECT * FROM batches ORDER BY number"),
    voids: db.prepare("SELECT * FROM voids"),
    part: db.prepare("SELECT done FROM parts WHERE key = ? AND seq = ?"),
    putSegment: db.prepare("INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?)"),
    putBatch: db.prepare("INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?, ?, ?)"),
    dropBatch: db.prepare("DELETE FROM batches WHERE number = ?"),
    putVoid: db.prepare("INSERT OR IGNORE INTO voids VALUES (?, ?)"),
    putPart: db.prepare("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)"),
    count: db.prepare("INSERT INTO counters VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"),
    lastBatch: db.prepare("UPDATE state SET last_batch = max(last_batch, ?)"),
    lastSeq: db.prepare("UPDATE state SET last_seq = ?"),
    start: db.prepare("UPDATE state SET start_segment = ?, start_slot = ?"),
    dropSegments: db.prepare("DELETE FROM segments WHERE id < ?"),
    dropVoids: db.prepare("DELETE FROM voids WHERE segment < ?"),
    dropParts: db.prepare("DELETE FROM parts WHERE segment < ?"),
  };
}

type Effects = Pick<BatchRow, "claimedAt" | "settled" | "records">;

function writeEffects({ claimedAt, settled, records }: Effects): string {
  const kept = records?.map(({ value, ...record }) => ({ ...record, value: value.toString("base64") }));
  return JSON.stringify({ claimedAt, settled, records: kept });
}

function readEffects(text: string): Effects {
  const { records, ...effects } = JSON.parse(text) as Effects;
  return records
    ? { ...effects, records: records.map((record) => ({ ...record, value: Buffer.from(String(record.value), "base64") })) }
    : effects;
}

function bytes(key: Key): Buffer {
  return Buffer.from(key, "latin1");
}
