/**
 * A bus in a SQLite database: a batch is one transaction, with its number; where a topic is unique, an index on (topic, tenant, event id) is
 * its own guard. `local` has it in a file, which other processes may read and write beside this one; `memory` within the process.
 */
import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../../../lib/database.ts";
import type { AtLeastOnceBus, Batch, BusRecord, Reader, TransactionalBus } from "../../port/bus.ts";
import { readHolder } from "../../port/holder.ts";
import { settledBy } from "../../port/settled-by.ts";
import type { Subscriber } from "../../port/subscriber.ts";
import { GROUPS } from "./groups.ts";
import { readRecords } from "./read.ts";
import { subscribeRecords } from "./subscribe.ts";

/** What the database has. */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key TEXT NOT NULL, tenant_id TEXT, event_id TEXT,
    value BLOB NOT NULL, headers TEXT NOT NULL, published_at TEXT NOT NULL, UNIQUE (topic, tenant_id, event_id));
  CREATE INDEX IF NOT EXISTS records_topic ON records (topic, seq);
  CREATE TABLE IF NOT EXISTS last_batch (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
  ${GROUPS}
`;

/** A handle on the database. */
export interface Handle {
  db: DatabaseSync;
  close(): void;
}

interface SqliteBusOptions {
  name: string;
  durable: boolean;
  /** A handle that may write; the database is made where it is missing. */
  open(): Handle;
  /** A handle that only reads; undefined while there is no database. */
  openReader(): Handle | undefined;
  /** Whether a topic holds an event once. */
  isUnique(topic: string): boolean;
  /** How often whoever waits looks for more, milliseconds. */
  pollMs: number;
}

/** What they all are. */
export type SqliteBus = TransactionalBus & Reader & Subscriber;

/** Makes the bus of a relay. */
export function createSqliteBus(options: SqliteBusOptions): SqliteBus {
  let handle: Handle | undefined;
  const db = (): DatabaseSync => (handle ??= options.open()).db;
  const lastBatch = (): number => Number(db().prepare("SELECT number FROM last_batch").get()?.["number"] ?? 0);

  return {
    name: options.name,
    delivery: "transactional",
    durable: options.durable,
    orderByKey: true,
    open: async () => ({ lastBatch: lastBatch() }),
    async publish({ number, records }: Batch) {
      transaction(db(), () => {
        insertAll(db(), records, options.isUnique);
        const remember = "INSERT INTO last_batch VALUES (1, ?) ON CONFLICT DO UPDATE SET number = excluded.number";
        if (number > 0) db().prepare(remember).run(number);
      });
    },
    // Nothing can be under way: a transaction of a process that died is rolled back by SQLite.
    settle: async (batch) => settledBy(readHolder(lastBatch(), ""), batch),
    read: (wanted) => readRecords(options, wanted),
    subscribe: async (wanted, sink) => subscribeRecords(options, wanted, sink),
    async close() {
      handle?.close();
      handle = undefined;
    },
  };
}

/** The same for services that publish side by side: numbers of batches are the relay's, and stay untouched. */
export function withoutNumbers(bus: SqliteBus): AtLeastOnceBus & Reader & Subscriber {
  const { name, durable, orderByKey, read, subscribe, close } = bus;
  return {
    name,
    durable,
    orderByKey,
    read,
    subscribe,
    close,
    delivery: "at-least-once",
    open: async () => void (await bus.open([])),
    publish: ({ records }) => bus.publish({ number: 0, records }),
  };
}

function insertAll(db: DatabaseSync, records: readonly BusRecord[], isUnique: (topic: string) => boolean): void {
  const at = new Date().toISOString();
  const insert = db.prepare("INSERT OR IGNORE INTO records VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)");
  for (const { topic, key, value, headers } of records) {
    const unique = isUnique(topic) ? uniqueId(headers) : undefined;
    insert.run(topic, key, headers["tenant_id"] ?? null, unique ?? null, value, JSON.stringify(headers), at);
  }
}

/** Ids of web keys and of server keys are two namespaces; no id has a slash. */
function uniqueId({ event_id, key_kind }: BusRecord["headers"]): string | undefined {
  return event_id === undefined || key_kind !== "server" ? event_id : `server/${event_id}`;
}
