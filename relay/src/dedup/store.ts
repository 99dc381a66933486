/**
 * What the relay remembers: a marker for each key, the queue's messages, the batches that are under way, and the counters; one SQLite
 * file. A claim is on the disk before the batch is published, its settlement before the queue is told.
 */
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { BusRecord, UnderWay } from "../bus/bus.ts";
import { type Counter, countersOf, type Fate, STATE_FILE } from "./counters.ts";
import { openDatabase, transaction } from "./database.ts";

/** Only the last two make a later copy a duplicate. */
type MarkerState = "in_flight" | "published" | "dead_lettered";

/** What is known of a key. */
export interface Marker {
  /** The event that owns the key. */
  owner: string;
  state: MarkerState;
  content_hash: string;
}

/** A marker that the store has. */
export interface StoredMarker extends Marker {
  /** When its key was first seen, milliseconds since 1970. */
  first_seen: number;
}

/** A marker to write. */
interface NewMarker extends Marker {
  key: Buffer;
}

/** A message of a queue. */
interface MessageRef {
  queue: string;
  id: string;
}

/** A message of a round. */
export interface ClaimedMessage extends MessageRef {
  /** Indexes of the lines that are settled, in this round and before it, where that is not all of them. */
  done?: number[];
}

/** `claimed`: taken by a round that was not settled. `done`: settled in part, these lines of it. */
export type MessageState = "claimed" | "settled" | { done: number[] };

/** What one round does to the store: markers now, the rest when its batch is known to be on the bus. */
export interface Claim {
  markers: NewMarker[];
  messages: ClaimedMessage[];
  /** Counted at once, for messages that were not claimed before. */
  taken: Counter[];
  /** Counted when the batch is settled. */
  settled: Counter[];
  /** The batch's records, for a bus without transactions. */
  records?: BusRecord[];
}

export interface Store {
  marker(key: Buffer): StoredMarker | undefined;
  message(ref: MessageRef): MessageState | undefined;
  /** Makes a claim durable under a batch number, in the place of an earlier one under the same number. */
  claim(batch: number, claim: Claim): void;
  /** The batch is on the bus: its markers stand, its messages are settled and counted. */
  settle(batch: number): void;
  /** The bus has nothing of the batch: its markers go, its messages stay claimed. */
  release(batch: number): void;
  /** Batches that were claimed and neither settled nor released, oldest first. */
  underWay(): UnderWay[];
  /** The highest batch number claimed so far; 0 where none. */
  lastBatch(): number;
  counters(): Counter[];
  /** Forgets what was first seen before then (milliseconds since 1970). */
  prune(before: number): void;
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS markers (
    key BLOB PRIMARY KEY, owner TEXT NOT NULL, state TEXT NOT NULL, content_hash TEXT NOT NULL,
    batch INTEGER, first_seen INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS markers_batch ON markers (batch) WHERE batch IS NOT NULL;
  CREATE INDEX IF NOT EXISTS markers_age ON markers (first_seen);
  CREATE TABLE IF NOT EXISTS messages (
    queue TEXT, id TEXT, state TEXT NOT NULL, first_seen INTEGER NOT NULL, PRIMARY KEY (queue, id)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS messages_age ON messages (first_seen);
  CREATE TABLE IF NOT EXISTS batches (number INTEGER PRIMARY KEY, effects TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS last_batch (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS counters (
    tenant_id TEXT, surface TEXT, event_type TEXT, fate TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, surface, event_type, fate)) WITHOUT ROWID;
`;

/** Opens the store in DATA_DIR. Throws a StateError where the file is damaged. */
export function openStore(dataDir: string, now: () => number = Date.now): Store {
  const db = openDatabase(join(dataDir, STATE_FILE), SCHEMA);
  const sql = statements(db);
  const count = (rows: Counter[]): void => {
    for (const { tenant_id, surface, event_type, fate, n } of rows) sql.count.run(tenant_id, surface, event_type, fate, n);
  };
  const setMessage = ({ queue, id }: MessageRef, state: string): void => void sql.setMessage.run(queue, id, state, now());
  return {
    marker: (key) => sql.marker.get(key) as StoredMarker | undefined,
    message: (ref) => messageState(sql.message.get(ref.queue, ref.id)?.["state"] as string | undefined),
    claim: (batch, { taken, markers, ...effects }) =>
      transaction(db, () => {
        sql.dropMarkers.run(batch);
        for (const { key, owner, state, content_hash } of markers)
          sql.putMarker.run(key, owner, state, content_hash, batch, now());
        // A message that is settled in part stays so until more of it is.
        for (const ref of effects.messages) if (!sql.message.get(ref.queue, ref.id)) setMessage(ref, "claimed");
        count(taken);
        sql.putBatch.run(batch, writeEffects({ ...effects, claimedAt: new Date(now()).toISOString() }));
        sql.setLast.run(batch);
      }),
    settle: (batch) =>
      transaction(db, () => {
        const row = sql.batch.get(batch);
        if (!row) return;
        const { messages, settled } = readEffects(row["effects"]);
        sql.publishMarkers.run(batch);
        for (const { done, ...ref } of messages) setMessage(ref, done ? JSON.stringify(done) : "settled");
        count(settled);
        sql.dropBatch.run(batch);
      }),
    release: (batch) =>
      transaction(db, () => {
        sql.dropMarkers.run(batch);
        sql.dropBatch.run(batch);
      }),
    underWay: () =>
      sql.batches.all().map((row) => {
        const { claimedAt, records } = readEffects(row["effects"]);
        return { number: Number(row["number"]), claimedAt, ...(records ? { records } : {}) };
      }),
    lastBatch: () => Number(sql.last.get()?.["number"] ?? 0),
    counters: () => countersOf(db),
    prune: (before) =>
      transaction(db, () => {
        sql.pruneMarkers.run(before);
        sql.pruneMessages.run(before);
      }),
    close: () => db.close(),
  };
}

/** A marker's state while its batch is under way is in `batch`: not null means in flight; `state` is what it will be. */
function statements(db: DatabaseSync) {
  return {
    marker: db.prepare(
      "SELECT owner, CASE WHEN batch IS NULL THEN state ELSE 'in_flight' END AS state, content_hash, first_seen FROM markers WHERE key = ?",
    ),
    putMarker: db.prepare("INSERT OR REPLACE INTO markers VALUES (?, ?, ?, ?, ?, ?)"),
    publishMarkers: db.prepare("UPDATE markers SET batch = NULL WHERE batch = ?"),
    dropMarkers: db.prepare("DELETE FROM markers WHERE batch = ?"),
    message: db.prepare("SELECT state FROM messages WHERE queue = ? AND id = ?"),
    setMessage: db.prepare("INSERT INTO messages VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state"),
    batch: db.prepare("SELECT effects FROM batches WHERE number = ?"),
    batches: db.prepare("SELECT number, effects FROM batches ORDER BY number"),
    putBatch: db.prepare("INSERT OR REPLACE INTO batches VALUES (?, ?)"),
    dropBatch: db.prepare("DELETE FROM batches WHERE number = ?"),
    last: db.prepare("SELECT number FROM last_batch"),
    setLast: db.prepare("INSERT INTO last_batch VALUES (1, ?) ON CONFLICT DO UPDATE SET number = max(number, excluded.number)"),
    count: db.prepare("INSERT INTO counters VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"),
    pruneMarkers: db.prepare("DELETE FROM markers WHERE first_seen < ? AND batch IS NULL"),
    pruneMessages: db.prepare("DELETE FROM messages WHERE first_seen < ?"),
  };
}

/** What is kept of a claim until it is settled. */
type Effects = Pick<Claim, "messages" | "settled" | "records"> & Pick<UnderWay, "claimedAt">;

function writeEffects({ records, ...effects }: Effects): string {
  const kept = records?.map(({ value, ...record }) => ({ ...record, value: value.toString("base64") }));
  return JSON.stringify({ ...effects, records: kept });
}

function readEffects(text: unknown): Effects {
  const { records, ...effects } = JSON.parse(String(text)) as Effects;
  return records
    ? { ...effects, records: records.map((record) => ({ ...record, value: Buffer.from(String(record.value), "base64") })) }
    : effects;
}

function messageState(text: string | undefined): MessageState | undefined {
  return text === undefined || text === "claimed" || text === "settled" ? text : { done: JSON.parse(text) as number[] };
}

/** Adds up counters that differ in nothing but `n`. */
export function tally(): { add(row: Omit<Counter, "fate" | "n">, fate: Fate, n?: number): void; rows(): Counter[] } {
  const rows = new Map<string, Counter>();
  return {
    add({ tenant_id, surface, event_type }, fate, n = 1) {
      const key = JSON.stringify([tenant_id, surface, event_type, fate]);
      const row = rows.get(key);
      if (row) row.n += n;
      else rows.set(key, { tenant_id, surface, event_type, fate, n });
    },
    rows: () => [...rows.values()],
  };
}
