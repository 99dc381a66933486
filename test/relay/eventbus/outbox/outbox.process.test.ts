import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { PublishError } from "../../../../relay/eventbus/port/errors.ts";
import { type Claim, claimRows } from "../../../../relay/eventbus/outbox/claim.ts";
import { createOutbox } from "../../../../relay/eventbus/outbox/outbox.ts";
import type { Queryable } from "../../../../relay/lib/queryable.ts";
import { outboxStage, recordingBus } from "./stage.ts";

const postgres = inject("postgres");

const numbers = ({ rows }: Claim) => rows.map(({ event }) => event["n"]);
const counted = (n: number) => ({ event_type: "counted.v1", n });

describe.skipIf("missing" in postgres)(`an outbox on ${"missing" in postgres ? postgres.missing : "Postgres"}`, () => {
  let stage: Awaited<ReturnType<typeof outboxStage>>;
  beforeAll(async () => void (stage = await outboxStage("url" in postgres ? postgres.url : "")));
  beforeEach(() => stage.pool.query("TRUNCATE sightline_outbox"));
  afterAll(() => stage.end());

  test("an event is published, complete, if its transaction committed, and not if that was rolled back", async () => {
    const { bus, taken } = recordingBus();
    const queued = await stage.queue("transport.orders", 1, "order-1");
    const undone = stage.inTransaction(async (tx) => {
      await stage.outbox.queueEvent(tx, "transport.orders", { event_type: "counted.v1", n: 2 }, { partitionKey: "order-1" });
      throw new Error("the order is not to be");
    });
    await expect(undone).rejects.toThrow("not to be");
    expect(await stage.publish(bus)).toEqual({ published: 1, failed: 0, deferred: 0, cleaned: 0, faults: [] });
    expect(taken).toEqual([{ stream: "transport.orders", key: "order-1", event: queued }]);
    expect(queued).toEqual({
      event_type: "counted.v1",
      n: 1,
      event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      version: 1,
    });
    expect(await stage.publish(bus)).toMatchObject({ published: 0 });
  });

  test("text comes out of it as it went in: what JSON escapes, a lone surrogate, a long number, the order of fields", async () => {
    const { bus, taken } = recordingBus();
    const odd = { z: "\0 \uD800 \u2028 é", a: 1e21, event_type: "odd.v1", nested: { b: [null, ""], a: {} } };
    const queued = await stage.inTransaction((tx) => stage.outbox.queueEvent(tx, "transport.odd", odd));
    await stage.publish(bus);
    expect(JSON.stringify(taken[0]?.event)).toBe(JSON.stringify(queued));
  });

  test("queueing on a pool, or on a client before BEGIN, is refused, and nothing is queued", async () => {
    const event = { event_type: "counted.v1", n: 1 };
    await expect(stage.outbox.queueEvent(stage.pool, "transport.orders", event)).rejects.toThrow(
      "expected a client within a transaction",
    );
    const client = await stage.pool.connect();
    const queueing = stage.outbox.queueEvent(client, "transport.orders", event, { partitionKey: "k" });
    await expect(queueing).rejects.toThrow("expected a client within a transaction");
    client.release();
    expect(await stage.rows("id")).toEqual([]);
  });

  test("an event that is not what its type says fails its transaction before anything is written, by the field's name", async () => {
    const outbox = createOutbox({
      validate: ({ n }) => {
        if (typeof n !== "number") throw new TypeError(`n: expected a number, got ${JSON.stringify(n)}`);
      },
    });
    const inserted = stage.inTransaction((tx) =>
      outbox.queueEvent(tx, "transport.orders", { event_type: "counted.v1", n: "one" }),
    );
    await expect(inserted).rejects.toThrow('n: expected a number, got "one"');
    const untyped = stage.inTransaction((tx) => outbox.queueEvent(tx, "transport.orders", { event_type: "", n: 1 }));
    await expect(untyped).rejects.toThrow('event_type: expected a text, got ""');
    expect(await stage.rows("id")).toEqual([]);
  });

  test("of two transactions that overlap, the events of a key are in the order in which they committed, and other keys do not wait", async () => {
    const [first, second] = [await stage.pool.connect(), await stage.pool.connect()];
    const queue = (tx: typeof first, n: number, partitionKey: string) =>
      stage.outbox.queueEvent(tx, "transport.orders", { event_type: "counted.v1", n }, { partitionKey });
    const order: string[] = [];
    await first.query("BEGIN");
    await second.query("BEGIN");
    await queue(first, 1, "shared");
    await queue(second, 2, "other");
    const waiting = queue(second, 3, "shared")
      .then(() => second.query("COMMIT"))
      .then(() => order.push("second"));
    await queue(first, 4, "shared");
    await first.query("COMMIT").then(() => order.push("first"));
    await waiting;
    first.release();
    second.release();
    const { bus, taken } = recordingBus();
    await stage.publish(bus);
    expect(order).toEqual(["first", "second"]);
    expect(taken.filter(({ key }) => key === "shared").map(({ event }) => event["n"])).toEqual([1, 4, 3]);
    expect(taken.filter(({ key }) => key === "other")).toHaveLength(1);
  });

  test("several workers publish side by side, each event once, and the events of a key in their order", async () => {
    const n = 240;
    await stage.inTransaction(async (tx) => {
      for (let i = 0; i < n; i++)
        await stage.outbox.queueEvent(tx, "transport.orders", counted(i), { partitionKey: `key-${i % 8}` });
      for (let i = 0; i < 20; i++) await stage.outbox.queueEvent(tx, "transport.orders", counted(i));
    });
    // One worker hands over seven at once, at most.
    const { bus, taken } = recordingBus(undefined, 8);
    expect(await stage.publish(bus, { workers: 4, batchSize: 7 })).toMatchObject({ published: n + 20 });
    for (let key = 0; key < 8; key++) {
      const seen = taken.filter((one) => one.key === `key-${key}`).map(({ event }) => event["n"]);
      expect(seen).toEqual(Array.from({ length: n / 8 }, (_, i) => key + i * 8));
    }
    expect(taken).toHaveLength(n + 20);
  });

  test("an older event of a key that commits while a worker looks further on is not passed over", async () => {
    const [service, owner, worker] = await Promise.all([stage.pool.connect(), stage.pool.connect(), stage.pool.connect()]);
    const queueLate = (n: number) => stage.outbox.queueEvent(service, "transport.orders", counted(n), { partitionKey: "late" });
    await stage.queue("transport.orders", 1, "busy");
    await owner.query("BEGIN");
    expect((await claimRows(owner, 10, [])).rows).toHaveLength(1);
    await service.query("BEGIN");
    await queueLate(2);
    await stage.queue("transport.orders", 3, "busy");
    // The worker's first look finds 1 and 3, which the owner has; before its second one 2 is committed, and 4 after it.
    let looks = 0;
    const client: Queryable = {
      async query(text, values) {
        if (text.includes("oldest") && ++looks === 2) {
          await service.query("COMMIT");
          await stage.queue("transport.orders", 4, "late");
        }
        return worker.query(text, values);
      },
    };
    await worker.query("BEGIN");
    expect(numbers(await claimRows(client, 2, []))).toEqual([]);
    expect(looks).toBe(2);
    expect(numbers(await claimRows(client, 2, []))).toEqual([2]);
    for (const one of [worker, owner]) await one.query("ROLLBACK");
    for (const one of [service, owner, worker]) one.release();
  });

  test("what the bus refuses for good fails with its reason, its key goes on, and a retry publishes it under its id", async () => {
    const refusal = new PublishError("transport.orders", "it is too large", { code: "record_too_large" });
    const state = { refuse: true };
    const { bus, taken } = recordingBus(({ n }) => (n === 2 && state.refuse ? refusal : undefined));
    for (const n of [1, 2, 3]) await stage.queue("transport.orders", n, "order-1");
    expect(await stage.publish(bus)).toMatchObject({ published: 2, failed: 1, deferred: 0, faults: [] });
    expect(taken.map(({ event }) => event["n"])).toEqual([1, 3]);
    expect(await stage.rows("status, reason")).toEqual([
      { status: "published", reason: null },
      { status: "failed", reason: "transport.orders: it is too large" },
      { status: "published", reason: null },
    ]);
    state.refuse = false;
    expect(await stage.publish(bus)).toMatchObject({ published: 0 });
    await stage.pool.query("UPDATE sightline_outbox SET status = 'pending' WHERE status = 'failed'");
    expect(await stage.publish(bus)).toMatchObject({ published: 1 });
    expect(taken.map(({ event }) => event["n"])).toEqual([1, 3, 2]);
  });

  test("a stream that the bus cannot take now waits, in order and with the reason, while others go on", async () => {
    const state = { down: true };
    const { bus, taken } = recordingBus((_event, stream) =>
      stream === "transport.down" && state.down ? new Error("the breaker is open") : undefined,
    );
    for (const n of [1, 2, 3]) await stage.queue("transport.down", n, "k");
    for (const n of [1, 2]) await stage.queue("transport.up", n, "k");
    expect(await stage.publish(bus)).toMatchObject({
      published: 2,
      failed: 0,
      deferred: 1,
      faults: ["transport.down: the breaker is open"],
    });
    expect(await stage.rows("status, attempts, reason")).toEqual([
      { status: "pending", attempts: 1, reason: "the breaker is open" },
      ...Array.from({ length: 2 }, () => ({ status: "pending", attempts: 0, reason: null })),
      ...Array.from({ length: 2 }, () => ({ status: "published", attempts: 1, reason: null })),
    ]);
    state.down = false;
    expect(await stage.publish(bus)).toMatchObject({ published: 3 });
    expect(taken.slice(2).map(({ event }) => event["n"])).toEqual([1, 2, 3]);
  });

  test("a worker that does not poll is woken by what is queued, also after Postgres has ended the connection on which it listened", async () => {
    const { bus, has } = recordingBus();
    const stop = new AbortController();
    const running = stage.publish(bus, { once: false, signal: stop.signal, pollMs: 86_400_000 });
    await stage.queue("transport.orders", 1);
    await has(1);
    await stage.queue("transport.orders", 2);
    await has(2);
    const listening = "pid <> pg_backend_pid() AND datname = current_database() AND query LIKE 'LISTEN%'";
    expect((await stage.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${listening}`)).rowCount).toBe(
      1,
    );
    await stage.queue("transport.orders", 3);
    await has(3);
    stop.abort();
    expect(await running).toMatchObject({ published: 3, faults: [] });
  });

  test("a worker whose connections Postgres has ended says so, and goes on", async () => {
    const { bus, has } = recordingBus();
    const stop = new AbortController();
    const running = stage.publish(bus, { once: false, signal: stop.signal, pollMs: 20 });
    await stage.queue("transport.orders", 1);
    await has(1);
    await stage.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'sightline'",
    );
    await stage.queue("transport.orders", 2);
    await has(2);
    stop.abort();
    const { published, faults } = await running;
    expect(published).toBe(2);
    expect(faults.length).toBeGreaterThan(0);
  });

  test("published events are cleaned by age, failed and pending ones are not", async () => {
    const { bus } = recordingBus(({ n }) =>
      n === 3 ? new PublishError("transport.orders", "no", { code: "record_refused" }) : undefined,
    );
    for (const n of [1, 2, 3]) await stage.queue("transport.orders", n);
    await stage.publish(bus);
    await stage.queue("transport.orders", 4);
    await stage.pool.query("UPDATE sightline_outbox SET settled_at = now() - interval '25 hours' WHERE (event->>'n')::int <> 2");
    const stopped = AbortSignal.abort();
    expect(await stage.publish(bus, { signal: stopped })).toMatchObject({ cleaned: 0 });
    expect(await stage.publish(recordingBus(() => new Error("later")).bus)).toMatchObject({ cleaned: 1 });
    expect(await stage.rows("(event->>'n')::int AS n, status")).toEqual([
      { n: 2, status: "published" },
      { n: 3, status: "failed" },
      { n: 4, status: "pending" },
    ]);
  });

  test("a service needs INSERT alone, and the worker SELECT, UPDATE and DELETE", async () => {
    const run = (text: string) => stage.pool.query(text);
    await run(
      "CREATE ROLE service LOGIN; CREATE ROLE worker LOGIN; GRANT INSERT ON sightline_outbox TO service; GRANT SELECT, UPDATE, DELETE ON sightline_outbox TO worker",
    );
    await stage.inTransaction(async (tx) => {
      await tx.query("SET LOCAL ROLE service");
      await stage.outbox.queueEvent(tx, "transport.orders", { event_type: "counted.v1", n: 1 }, { partitionKey: "k" });
    });
    const { bus, taken } = recordingBus();
    const databaseUrl = Object.assign(new URL(stage.url), { username: "worker" }).href;
    expect(await stage.publish(bus, { databaseUrl })).toMatchObject({ published: 1, faults: [] });
    expect(taken).toHaveLength(1);
  });
});
