/** The bus `memory`, for tests: records live in the process, one log a place, and are gone with it. It keeps what it is given, copies too. */
import { DatabaseSync } from "node:sqlite";
import { createSqliteBus, type Handle, SCHEMA, type SqliteBus } from "../local/sqlite-bus.ts";

const logs = new Map<string, DatabaseSync>();

interface MemoryOptions {
  /** Which log: buses of one place are one and the same, within the process. The relay's own is its DATA_DIR. */
  place: string;
}

/** What a test asks besides. */
export interface MemoryBus extends SqliteBus {
  /** Every event that was published to a topic, in order: the values of its records, parsed. */
  getPublishedMessages(topic: string): unknown[];
}

/** Makes a handle on the bus. */
export function createMemoryBus({ place }: MemoryOptions): MemoryBus {
  const open = (): Handle => {
    const db = logs.get(place) ?? new DatabaseSync(":memory:");
    if (!logs.has(place)) db.exec(SCHEMA);
    logs.set(place, db);
    return { db, close: () => {} };
  };
  const bus = createSqliteBus({
    name: `memory (${place})`,
    durable: false,
    open,
    openReader: open,
    isUnique: () => false,
    pollMs: 5,
  });
  return {
    ...bus,
    getPublishedMessages(topic) {
      const rows = open().db.prepare("SELECT value FROM records WHERE topic = ? ORDER BY seq").all(topic);
      return rows.map(({ value }) => JSON.parse(Buffer.from(value as Uint8Array).toString()) as unknown);
    },
  };
}
