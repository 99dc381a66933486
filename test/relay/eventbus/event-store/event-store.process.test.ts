import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ConcurrencyError } from "../../../../relay/eventbus/event-store/concurrency-error.ts";
import { createEventStore, type EventStore } from "../../../../relay/eventbus/event-store/event-store.ts";
import { createProjection } from "../../../../relay/eventbus/event-store/projection.ts";
import { migrateEventStore } from "../../../../relay/eventbus/event-store/tables.ts";
import { outboxStage, recordingBus } from "../outbox/stage.ts";
import { type Database, databases, tellingBus } from "../sql-stage.ts";

const postgres = inject("postgres");
const paid = (amount: number) => ({ event_type: "account.money.paid.v1", amount });

for (const [name, open, lacks] of databases(postgres)) {
  describe.skipIf(lacks !== undefined)(`an event store in ${lacks ?? name}`, () => {
    let database: Database;
    let store: EventStore;
    beforeAll(async () => {
      database = await open();
      await migrateEventStore(database.db);
      store = createEventStore({ db: database.db });
    });
    afterAll(() => database.close());

    test("events are read as they were appended, in order, numbered without gaps", async () => {
      const first = await store.append("a1", [paid(1), { ...paid(2), note: '\0 " é' }], { expectedVersion: 0 });
      const second = await store.append("a1", [paid(3)], { expectedVersion: 2 });
      expect(await store.read("a1")).toEqual([...first, ...second]);
      expect(await store.read("a1", 2)).toEqual(second);
      expect([...first, ...second].map(({ stream_id, stream_version }) => [stream_id, stream_version])).toEqual(
        [1, 2, 3].map((n) => ["a1", n]),
      );
      expect(await store.append("a1", [], { expectedVersion: 3 })).toEqual([]);
      expect(await store.read("none")).toEqual([]);
    });

    test("who has not seen the last version appends nothing, be it behind or ahead", async () => {
      await store.append("a2", [paid(1)], { expectedVersion: 0 });
      await expect(store.append("a2", [paid(2), paid(3)], { expectedVersion: 0 })).rejects.toThrow(
        "a2: expected version 0, got 1",
      );
      await expect(store.append("a2", [paid(2)], { expectedVersion: 5 })).rejects.toThrow(ConcurrencyError);
      expect(await store.read("a2")).toHaveLength(1);
    });

    test("of many that append to one version at once, one does, and each of those that try again does in the end", async () => {
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) => store.append("a3", [paid(n), paid(n)], { expectedVersion: 0 })),
      );
      expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect(
        tries.flatMap((one) => (one.status === "rejected" && !(one.reason instanceof ConcurrencyError) ? [one.reason] : [])),
      ).toEqual([]);
      const insist = async (n: number): Promise<unknown> => {
        const { length } = await store.read("a3");
        return store.append("a3", [paid(n)], { expectedVersion: length }).catch(() => insist(n));
      };
      await Promise.all(Array.from({ length: 8 }, (_, n) => insist(n)));
      expect((await store.read("a3")).map(({ stream_version }) => stream_version)).toEqual(
        Array.from({ length: 10 }, (_, i) => i + 1),
      );
    });

    test("a state is rebuilt from its last snapshot and what came after it; a snapshot of another shape is not looked at", async () => {
      const sum = (shape: string) =>
        createProjection({
          db: database.db,
          store,
          shape,
          initial: 0,
          apply: (state, { amount }) => state + Number(amount),
          snapshotEvery: 3,
        });
      await store.append("a4", [paid(1), paid(2), paid(3), paid(4)], { expectedVersion: 0 });
      expect(await sum("sum.1")("a4")).toEqual({ state: 10, version: 4, replayed: 4 });
      await store.append("a4", [paid(5)], { expectedVersion: 4 });
      expect(await sum("sum.1")("a4")).toEqual({ state: 15, version: 5, replayed: 1 });
      expect(await sum("sum.2")("a4")).toEqual({ state: 15, version: 5, replayed: 5 });
      expect(await sum("sum.1")("none")).toEqual({ state: 0, version: 0, replayed: 0 });
    });

    test("an older snapshot does not replace a newer one", async () => {
      const held = Promise.withResolvers<void>();
      const slowRead = {
        read: async (...args: Parameters<EventStore["read"]>) =>
          store.read(...args).then((events) => held.promise.then(() => events)),
      };
      const { db } = database;
      const count = (from: Pick<EventStore, "read">) =>
        createProjection({ db, store: from, shape: "n", initial: 0, apply: (n) => n + 1, snapshotEvery: 1 });
      await store.append("a5", [paid(1)], { expectedVersion: 0 });
      const older = count(slowRead)("a5");
      await store.append("a5", [paid(2)], { expectedVersion: 1 });
      await count(store)("a5");
      held.resolve();
      await older;
      expect(await count(store)("a5")).toEqual({ state: 2, version: 2, replayed: 0 });
    });

    test("what is appended is published once, in the order of its stream; while the bus is down it waits", async () => {
      await database.db.query("DELETE FROM sightline_events");
      const { bus, told, state } = tellingBus();
      for (let version = 0; version < 3; version++) {
        for (const stream of ["b1", "b2"]) await store.append(stream, [paid(version)], { expectedVersion: version });
      }
      state.down = true;
      await expect(store.publishPending(bus)).rejects.toThrow("2 streams: the bus is down");
      state.down = false;
      expect(await store.publishPending(bus)).toBe(6);
      expect(await store.publishPending(bus)).toBe(0);
      expect(told).toHaveLength(6);
      for (const stream of ["b1", "b2"]) {
        const seen = told.filter(({ key }) => key === stream);
        expect(seen.map(({ event }) => event)).toEqual(await store.read(stream));
      }
      expect(new Set(told.map(({ stream }) => stream))).toEqual(new Set(["eventstore.all-events"]));
    });

    test("more than a page is published whole", async () => {
      await database.db.query("DELETE FROM sightline_events");
      await store.append(
        "c1",
        Array.from({ length: 1_203 }, (_, n) => paid(n)),
        { expectedVersion: 0 },
      );
      const { bus, told } = tellingBus();
      expect(await store.publishPending(bus)).toBe(1_203);
      expect(told.map(({ event }) => event["stream_version"])).toEqual(Array.from({ length: 1_203 }, (_, i) => i + 1));
    });
  });
}

describe.skipIf("missing" in postgres)("an event store with an outbox", () => {
  test("appends and queues in the caller's transaction: both or neither", async () => {
    const stage = await outboxStage("url" in postgres ? postgres.url : "");
    const db = new Pool({ connectionString: stage.url });
    await migrateEventStore(db);
    const store = createEventStore({ db, outbox: stage.outbox });
    const stored = await stage.inTransaction((tx) => store.append("d1", [paid(1), paid(2)], { expectedVersion: 0, tx }));
    const undone = stage.inTransaction(async (tx) => {
      await store.append("d1", [paid(3)], { expectedVersion: 2, tx });
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    await expect(store.append("d1", [paid(3)], { expectedVersion: 2 })).rejects.toThrow("tx: expected a client in a transaction");
    const { bus, taken } = recordingBus();
    await stage.publish(bus);
    expect(taken).toEqual(stored.map((event) => ({ stream: "eventstore.all-events", key: "d1", event })));
    expect(await store.read("d1")).toEqual(stored);
    await db.end();
    await stage.end();
  });
});
