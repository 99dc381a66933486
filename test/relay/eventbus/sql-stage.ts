/** Databases for what runs on Postgres and on SQLite alike, and a bus that notes what it is handed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "pg";
import type { PublishedEvent } from "../../../relay/eventbus/port/events.ts";
import { openSqlite, type Queryable } from "../../../relay/lib/queryable.ts";
import { freshDatabase, type PostgresService } from "../../services/postgres.ts";

/** A database, and how it is given back. */
export interface Database {
  db: Queryable;
  close(): Promise<void>;
}

/** A fresh SQLite file. */
async function sqliteDatabase(): Promise<Database> {
  const folder = await mkdtemp(join(tmpdir(), "sightline-sql-"));
  const db = openSqlite(join(folder, "test.db"));
  return {
    db,
    async close() {
      db.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function postgresDatabase(url: string): Promise<Database> {
  const pool = new Pool({ connectionString: await freshDatabase(url), max: 10 });
  return { db: pool, close: () => pool.end() };
}

/** Each kind by name: how one is made, or why it cannot be had. */
export function databases(postgres: PostgresService): [name: string, open: () => Promise<Database>, lacks: string | undefined][] {
  const url = "url" in postgres ? postgres.url : "";
  return [
    ["SQLite", sqliteDatabase, undefined],
    ["Postgres", () => postgresDatabase(url), "missing" in postgres ? postgres.missing : undefined],
  ];
}

/** A bus at the edge: what it is handed it has, unless it is down. */
export function tellingBus() {
  const told: { stream: string; key: string | undefined; event: PublishedEvent }[] = [];
  const state = { down: false };
  const bus = {
    async publishStream(stream: string, event: unknown, { partitionKey }: { partitionKey?: string } = {}) {
      if (state.down) throw new Error("the bus is down");
      told.push({ stream, key: partitionKey, event: event as PublishedEvent });
      return event as PublishedEvent;
    },
  };
  return { bus, told, state };
}
