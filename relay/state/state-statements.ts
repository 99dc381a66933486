/** The tables of the state database, and every statement on them. */
import type { DatabaseSync } from "node:sqlite";
import type { BatchRow, StateChange } from "./state-rows.ts";
import { bytesOf } from "./log/segment.ts";

export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS state (
    one INTEGER PRIMARY KEY CHECK (one = 1), store_id INTEGER NOT NULL, last_batch INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    start_segment INTEGER NOT NULL, start_slot INTEGER NOT NULL, keys INTEGER NOT NULL);
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

/** Runs a change, within a transaction. */
export function apply(sql: Statements, change: StateChange): void {
  for (const number of change.ended ?? []) sql.dropBatch.run(number);
  for (const { id, slots, keys, opened, newest } of change.segments ?? []) sql.putSegment.run(id, slots, keys, opened, newest);
  for (const row of change.batches ?? [])
    sql.putBatch.run(row.number, row.seq, row.segment, row.slot, row.count, row.keys, writeEffects(row));
  for (const { seq, segment } of change.voids ?? []) sql.putVoid.run(seq, segment);
  for (const { key, seq, segment, done } of change.settledLines ?? [])
    sql.putSettledLines.run(bytesOf(key), seq, segment, JSON.stringify(done));
  for (const { tenant_id, surface, event_type, fate, n } of change.counters ?? [])
    sql.count.run(tenant_id, surface, event_type, fate, n);
  const { lastBatch, lastSeq, start } = change.state ?? {};
  if (lastBatch !== undefined) sql.lastBatch.run(lastBatch);
  if (lastSeq !== undefined) sql.lastSeq.run(lastSeq);
  if (start) {
    sql.start.run(start.segment, start.slot);
    for (const drop of [sql.dropSegments, sql.dropVoids, sql.dropSettledLines]) drop.run(start.segment);
  }
}

/** The statements, prepared once. */
export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares them. */
export function prepareStatements(db: DatabaseSync) {
  return {
    state: db.prepare("SELECT * FROM state"),
    segments: db.prepare("SELECT * FROM segments ORDER BY id"),
    batches: db.prepare("SELECT * FROM batches ORDER BY number"),
    voids: db.prepare("SELECT * FROM voids"),
    settledLines: db.prepare("SELECT done FROM parts WHERE key = ? AND seq = ?"),
    putSegment: db.prepare("INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?)"),
    putBatch: db.prepare("INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?, ?, ?)"),
    dropBatch: db.prepare("DELETE FROM batches WHERE number = ?"),
    putVoid: db.prepare("INSERT OR IGNORE INTO voids VALUES (?, ?)"),
    putSettledLines: db.prepare("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)"),
    count: db.prepare("INSERT INTO counters VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"),
    lastBatch: db.prepare("UPDATE state SET last_batch = max(last_batch, ?)"),
    lastSeq: db.prepare("UPDATE state SET last_seq = ?"),
    start: db.prepare("UPDATE state SET start_segment = ?, start_slot = ?"),
    dropSegments: db.prepare("DELETE FROM segments WHERE id < ?"),
    dropVoids: db.prepare("DELETE FROM voids WHERE segment < ?"),
    dropSettledLines: db.prepare("DELETE FROM parts WHERE segment < ?"),
  };
}

type Effects = Pick<BatchRow, "claimedAt" | "receipt" | "settled" | "records">;

function writeEffects({ claimedAt, receipt, settled, records }: Effects): string {
  const encoded = records?.map(({ topic, key, headers, value }) => ({ topic, key, headers, value: value.toString("base64") }));
  return JSON.stringify({ claimedAt, receipt, settled, records: encoded });
}

/** What {@link apply} wrote of a batch beside its place. */
export function readEffects(text: string): Effects {
  const { records, ...effects } = JSON.parse(text) as Effects;
  return records
    ? { ...effects, records: records.map((record) => ({ ...record, value: Buffer.from(String(record.value), "base64") })) }
    : effects;
}
