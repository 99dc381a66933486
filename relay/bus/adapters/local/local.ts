/**
 * The bus `local`: a SQLite file in DATA_DIR. A batch is one transaction, with its number; a unique index on (topic, tenant, event id)
 * is its own guard, so an event is on it exactly once. Other processes may read it while the relay writes.
 */
import { isAbsolute, relative } from "node:path";
import process from "node:process";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase, transaction } from "../../../lib/database.ts";
import type { Batch, BusRecord, Reader, TransactionalBus } from "../../port/bus.ts";
import { localBusFile } from "./file.ts";
import { readLocal } from "./read.ts";
import { settledBy } from "../../port/settled-by.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key TEXT NOT NULL, tenant_id TEXT, event_id TEXT,
    value BLOB NOT NULL, headers TEXT NOT NULL, published_at TEXT NOT NULL, UNIQUE (topic, tenant_id, event_id));
  CREATE INDEX IF NOT EXISTS records_topic ON records (topic, seq);
  CREATE TABLE IF NOT EXISTS last_batch (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
`;

/** A path as people read it: from the working folder where it is in there. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}

interface LocalOptions {
  dataDir: string;
  /** Ending of the topics of dead letters: the same event may die there more than once. */
  dlqSuffix: string;
}

/** Makes the bus; the file is made when it is opened. */
export function createLocalBus({ dataDir, dlqSuffix }: LocalOptions): TransactionalBus & Reader {
  const file = localBusFile(dataDir);
  let db: DatabaseSync | undefined;
  const opened = (): DatabaseSync => (db ??= openDatabase(file, SCHEMA));
  const lastBatch = (): number => Number(opened().prepare("SELECT number FROM last_batch").get()?.["number"] ?? 0);

  return {
    name: `local (${shown(file)})`,
    delivery: "transactional",
    durable: true,
    orderByKey: true,
    open: async () => ({ lastBatch: lastBatch() }),
    async publish({ number, records }: Batch) {
      const at = new Date().toISOString();
      transaction(opened(), () => {
        const insert = opened().prepare("INSERT OR IGNORE INTO records VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)");
        for (const { topic, key, value, headers } of records) {
          const unique = topic.endsWith(dlqSuffix) ? undefined : uniqueId(headers);
          insert.run(topic, key, headers["tenant_id"] ?? null, unique ?? null, value, JSON.stringify(headers), at);
        }
        const remember = "INSERT INTO last_batch VALUES (1, ?) ON CONFLICT DO UPDATE SET number = excluded.number";
        opened().prepare(remember).run(number);
      });
    },
    // Nothing can be under way: a transaction of a process that died is rolled back by SQLite.
    settle: async ({ number }) => settledBy(lastBatch(), number),
    read: (options) => readLocal(file, options),
    async close() {
      db?.close();
      db = undefined;
    },
  };
}

/** Ids of web keys and of server keys are two namespaces; no id has a slash. */
function uniqueId({ event_id, key_kind }: BusRecord["headers"]): string | undefined {
  return event_id === undefined || key_kind !== "server" ? event_id : `server/${event_id}`;
}
