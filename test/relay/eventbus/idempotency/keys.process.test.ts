import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { idempotent, idempotentInTransaction } from "../../../../relay/eventbus/idempotency/idempotent.ts";
import type { IdempotencyKeyStore } from "../../../../relay/eventbus/idempotency/key-store.ts";
import { redisKeyStore } from "../../../../relay/eventbus/idempotency/redis-keys.ts";
import { cleanKeys, migrateKeys, postgresKeyStore, sqliteKeyStore } from "../../../../relay/eventbus/idempotency/sql-keys.ts";
import { freshDatabase } from "../../../services/postgres.ts";

const postgres = inject("postgres");
const redis = inject("redis");

/** A store that is opened on the same data by `again`. */
interface Opened {
  store: IdempotencyKeyStore;
  again: () => IdempotencyKeyStore;
  close: () => Promise<void>;
}

const openPostgres = async (): Promise<Opened> => {
  const pool = new Pool({ connectionString: await freshDatabase("url" in postgres ? postgres.url : "") });
  await migrateKeys(pool);
  return { store: postgresKeyStore(pool), again: () => postgresKeyStore(pool), close: () => pool.end() };
};

const openSqlite = async (): Promise<Opened> => {
  const folder = await mkdtemp(join(tmpdir(), "sightline-keys-"));
  const opened = [sqliteKeyStore(join(folder, "keys.db"))];
  const again = () => {
    const one = sqliteKeyStore(join(folder, "keys.db"));
    opened.push(one);
    return one;
  };
  return {
    store: opened[0]!,
    again,
    async close() {
      for (const one of opened) one.close();
      await rm(folder, { recursive: true });
    },
  };
};

const openRedis = async (): Promise<Opened> => {
  const clients = [new Redis("url" in redis ? redis.url : "")];
  const again = () => {
    clients.push(clients[0]!.duplicate());
    return redisKeyStore(clients.at(-1)!);
  };
  return {
    store: redisKeyStore(clients[0]!),
    again,
    async close() {
      for (const client of clients) client.disconnect();
    },
  };
};

const missing = (service: object): string | undefined => ("missing" in service ? String(service.missing) : undefined);

const stores: [name: string, open: () => Promise<Opened>, lacks: string | undefined][] = [
  ["Postgres", openPostgres, missing(postgres)],
  ["SQLite", openSqlite, undefined],
  ["redis", openRedis, missing(redis)],
];

for (const [name, open, lacks] of stores) {
  describe.skipIf(lacks !== undefined)(`keys in ${lacks ?? name}`, () => {
    let { store, again, close } = {} as Opened;
    beforeAll(async () => void ({ store, again, close } = await open()));
    afterAll(() => close());

    test("a key is there once it is put, for whoever opens the store, and no other key is", async () => {
      expect(await store.has("a")).toBe(false);
      await store.put("a", 60);
      expect(await again().has("a")).toBe(true);
      expect(await store.has("A")).toBe(false);
    });

    test("a key is gone when its time is over, and put again it has a new time", async () => {
      await store.put("short", 0.05);
      await store.put("renewed", 0.05);
      await store.put("renewed", 60);
      await expect.poll(() => store.has("short")).toBe(false);
      expect(await store.has("renewed")).toBe(true);
      await store.put("short", 60);
      expect(await store.has("short")).toBe(true);
    });

    test("any text is a key", async () => {
      for (const key of ["", "é ' \" \\ \n", "x".repeat(2_000)]) {
        await store.put(key, 60);
        expect([key, await store.has(key)]).toEqual([key, true]);
      }
    });

    test("an event that comes again is not handled again, and for another consumer it is another", async () => {
      const handled: unknown[] = [];
      const handler = idempotent(({ event_id }) => void handled.push(event_id), { store, consumer: "mailer" });
      const other = idempotent(() => void handled.push("other"), { store: again(), consumer: "counter" });
      for (const event_id of ["e1", "e2", "e1"]) await handler({ event_id }, {});
      await other({ event_id: "e1" }, {});
      expect(handled).toEqual(["e1", "e2", "other"]);
    });

    test("an event whose handler failed is handled again; of several that come at once one is handled", async () => {
      let calls = 0;
      const work = vi.fn<() => Promise<void>>(async () => {
        await sleep(5);
        if (++calls === 1) throw new Error("the first time");
      });
      const handler = idempotent(work, { store, consumer: "failing" });
      const results = await Promise.allSettled(Array.from({ length: 5 }, () => handler({ event_id: "e" }, {})));
      expect(results.map(({ status }) => status)).toEqual(["rejected", ...Array(4).fill("fulfilled")]);
      expect(work).toHaveBeenCalledTimes(2);
    });
  });
}

test("an event without an id is handled each time", async () => {
  const { store, close } = await openSqlite();
  const work = vi.fn<() => void>();
  const handler = idempotent(work, { store, consumer: "any" });
  for (let n = 0; n < 2; n++) await handler({}, {});
  expect(work).toHaveBeenCalledTimes(2);
  await close();
});

describe.skipIf("missing" in postgres)("a handler in a transaction of Postgres", () => {
  let pool: Pool;
  beforeAll(async () => {
    pool = new Pool({ connectionString: await freshDatabase("url" in postgres ? postgres.url : "") });
    await migrateKeys(pool);
    await pool.query("CREATE TABLE paid (event_id text)");
  });
  afterAll(() => pool.end());
  const paid = async () => (await pool.query("SELECT event_id FROM paid")).rows.map(({ event_id }) => event_id as string);

  test("has its effect once, whatever comes at once to however many processes, and not at all where it fails", async () => {
    let failures = 2;
    const handler = idempotentInTransaction(
      pool,
      async ({ event_id }, tx) => {
        await tx.query("INSERT INTO paid VALUES ($1)", [event_id]);
        if (--failures >= 0) throw new Error("after the effect");
      },
      { consumer: "payments" },
    );
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => handler({ event_id: "e1" }, {})));
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(2);
    await handler({ event_id: "e1" }, {});
    expect(await paid()).toEqual(["e1"]);
  });

  test("has it again when the event's time is over; what is over is cleaned", async () => {
    const handler = idempotentInTransaction(
      pool,
      async ({ event_id }, tx) => void (await tx.query("INSERT INTO paid VALUES ($1)", [event_id])),
      {
        consumer: "payments",
        ttlSeconds: 0.001,
      },
    );
    for (let n = 0; n < 2; n++) {
      await handler({ event_id: "e2" }, {});
      await sleep(5);
    }
    expect((await paid()).filter((id) => id === "e2")).toHaveLength(2);
    expect(await cleanKeys(pool)).toBe(1);
  });
});
