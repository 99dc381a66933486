import { describe, expect, test, vi } from "vitest";
import { type BusRecord, PublishError as BusError } from "../../../relay/bus/port/bus.ts";
import { CircuitOpenError, PublishError, ValidationError } from "../../../relay/eventbus/index.ts";
import { type Fate, failingBus } from "../failing-bus.ts";
import { eventBus, memoryBus, order, ORDERS } from "./made.ts";

const down: Fate = () => ({ error: new BusError("absent", "connection refused") });
const refuseSecond: Fate = ({ records }) => {
  const refused = new Map([[records[1]!, { code: "record_too_large" as const, message: "too large by far" }]]);
  return { error: new BusError("absent", "refused", { refused }) };
};
const downs = (count: number): Fate[] => Array<Fate>(count).fill(down);
const failing = (next: Fate[] = []) => Object.assign(failingBus({ delivery: "at-least-once" }), { next });
const values = (records: readonly BusRecord[]) =>
  records.map(({ value }) => JSON.parse(String(value)) as Record<string, unknown>);

describe("publishing", () => {
  test("adds event_id, timestamp and version where they are missing, and keeps what is there", async () => {
    const memory = memoryBus();
    const bus = await eventBus({ bus: memory });
    const plain = await bus.publishStream(ORDERS, order("1"));
    expect(plain).toEqual({
      event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      event_type: "OrderPlaced",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      version: 1,
      order_id: "1",
    });
    const whole = order("2", { event_id: "mine", timestamp: "2026-01-01T00:00:00Z", version: 3, tenant_id: "t1" });
    expect(await bus.publishStream(ORDERS, whole)).toEqual(whole);
    expect(memory.getPublishedMessages(ORDERS)).toEqual([plain, whole]);
    const [, record] = await Array.fromAsync(memory.read({ topics: [ORDERS] }));
    expect(record).toMatchObject({ key: "mine", headers: { event_id: "mine", event_type: "OrderPlaced", tenant_id: "t1" } });
  });

  test.for([
    ["no event_type", { order_id: "1" }, "event_type: expected a text, got nothing"],
    ["an event_id that is no text", { ...order("1"), event_id: 7 }, "event_id: expected a text, got 7"],
    [
      "a time that cannot be read",
      { ...order("1"), timestamp: "yesterday" },
      'timestamp: expected an ISO 8601 time, got "yesterday"',
    ],
    ["a version that is no number", { ...order("1"), version: 0 }, "version: expected a whole number from 1, got 0"],
    ["a type that is not registered", { event_type: "OrderEaten" }, "expected a registered type (OrderCancelled, OrderPlaced)"],
    ["a type that every object has", { event_type: "constructor" }, "expected a registered type"],
    ["a missing field", { event_type: "OrderPlaced" }, "order_id: "],
    ["a wrong field within", order("1", { lines: [{ sku: "a" }, { sku: 7 }] }), "lines.1.sku: "],
  ] as const)("refuses %s, with the field named, sends nothing, and counts it", async ([, event, message]) => {
    const memory = memoryBus();
    const bus = await eventBus({ bus: memory });
    const error = await bus.publishStream(ORDERS, event as never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message).toContain(message);
    expect(memory.getPublishedMessages(ORDERS)).toEqual([]);
    expect((await bus.healthCheck()).validation_errors).toBe(1);
  });

  test("a batch with one that is invalid is not sent at all", async () => {
    const memory = memoryBus();
    const bus = await eventBus({ bus: memory });
    await expect(bus.publishBatch(ORDERS, [order("1"), { event_type: "OrderPlaced" }])).rejects.toThrow("order_id");
    expect(memory.getPublishedMessages(ORDERS)).toEqual([]);
  });

  test("without validation anything is sent, and without a registry there has to be none", async () => {
    const memory = memoryBus();
    const env = { EVENT_BUS_VALIDATE_ON_PUBLISH: "false" };
    const bus = await eventBus({ bus: memory, env });
    await bus.publish(ORDERS, { event_type: "Anything" });
    expect(memory.getPublishedMessages(ORDERS)).toHaveLength(1);
    await expect(eventBus({ events: undefined as never })).rejects.toThrow("EVENT_BUS_VALIDATE_ON_PUBLISH=false");
  });

  test.for(["my-events", "OrderEvents", "transport", "transport.Order", "order.placed.v0", "placed.v1", "other.thing.dlq", ""])(
    "refuses the channel %j",
    async (channel) => {
      const bus = await eventBus();
      await expect(bus.publishStream(channel, order("1"))).rejects.toMatchObject({
        name: "ValidationError",
        code: "invalid_topic",
      });
      const any = await eventBus({ env: { EVENT_BUS_TOPIC_NAMES: "any" } });
      await expect(any.publishStream(channel || "x", order("1"))).resolves.toBeDefined();
    },
  );

  test.for([
    "realtime.price-updates",
    "order.placed.v1",
    "shop.order.placed.v12",
    "saga.user-deletion",
    "transport.order-events.raw",
  ])("takes the channel %s", async (channel) => {
    const bus = await eventBus();
    await expect(bus.publish(channel, order("1"))).resolves.toBeDefined();
  });

  test("events of one key keep the order in which they were published, whatever was tried again, and many go together", async () => {
    const under = failing([undefined, down, undefined, down]);
    const bus = await eventBus({ bus: under });
    const ids = Array.from({ length: 900 }, (_, n) => String(n));
    await Promise.all(ids.map((id) => bus.publishStream(ORDERS, order(id), { partitionKey: "one" })));
    const read = await Array.fromAsync(under.read({ topics: [ORDERS] }));
    expect(values(read).map(({ order_id }) => order_id)).toEqual(ids);
    expect(read.every(({ key }) => key === "one")).toBe(true);
    expect(under.given.length).toBeLessThan(8);
  });

  test("a stream is tried again, and a notification is not", async () => {
    const under = failing([down, down, undefined, down]);
    const bus = await eventBus({ bus: under });
    await bus.publishStream(ORDERS, order("1"));
    expect(under.given).toHaveLength(3);
    const error = await bus.publish(ORDERS, order("2")).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PublishError);
    expect(error).toMatchObject({ code: "publish_failed", outcome: "absent", channel: ORDERS });
    expect(under.given).toHaveLength(4);
  });

  test("each channel has a breaker of its own, which counts every failure; a critical one opens sooner", async () => {
    const under = failing(downs(5));
    const bus = await eventBus({ bus: under });
    for (let i = 0; i < 5; i++) await expect(bus.publish(ORDERS, order("1"))).rejects.toThrow("connection refused");
    const error = await bus.publish(ORDERS, order("1")).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({ code: "circuit_open", channel: ORDERS, retryAfterSeconds: 1 });
    await bus.publish("transport.others", order("2"));
    expect(bus.breakerStatus()).toMatchObject({
      [ORDERS]: { state: "OPEN", failure_count: 5, total_failures: 5, total_success: 0, last_failure_time: expect.any(String) },
      "transport.others": { state: "CLOSED", failure_count: 0, total_success: 1, last_failure_time: null },
    });
    expect(await bus.healthCheck()).toMatchObject({ healthy: false, open_circuits: [ORDERS], open_circuits_count: 1 });
    bus.markCritical("transport.critical");
    under.next = downs(3);
    for (let i = 0; i < 3; i++) await expect(bus.publish("transport.critical", order("1"))).rejects.toThrow("connection refused");
    expect(bus.breakerStatus()["transport.critical"]?.state).toBe("OPEN");
    await vi.waitFor(() => bus.publish(ORDERS, order("3")), { timeout: 5_000 });
    for (let i = 0; i < 2; i++) await bus.publish(ORDERS, order("3"));
    expect(bus.breakerStatus()[ORDERS]).toMatchObject({ state: "CLOSED", consecutive_successes: 3 });
  });

  test("a critical channel is tried five times, and one with a policy of its own as that says", async () => {
    const under = failing();
    const bus = await eventBus({ bus: under, policies: { "transport.own": { max_attempts: 7, failure_threshold: 99 } } });
    bus.markCritical("transport.critical");
    under.next = [...downs(2), undefined];
    await bus.publishStream("transport.critical", order("1"));
    expect(under.given).toHaveLength(3);
    under.next = downs(7);
    await expect(bus.publishStream("transport.own", order("1"))).rejects.toThrow("connection refused");
    expect(under.given).toHaveLength(3 + 7);
  });

  test("what the bus refuses for good goes to the dead letters, and the others of its batch to the bus", async () => {
    const under = failing([refuseSecond]);
    const bus = await eventBus({ bus: under });
    const error = await bus
      .publishBatch(
        ORDERS,
        ["1", "2", "3"].map((id) => order(id)),
      )
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "PublishError", code: "record_too_large", deadLettered: true });
    expect(values(await Array.fromAsync(under.read({ topics: [ORDERS] }))).map(({ order_id }) => order_id)).toEqual(["1", "3"]);
    const [dead] = values(await Array.fromAsync(under.read({ topics: [`${ORDERS}.dlq`] })));
    expect(dead?.["_dlq_metadata"]).toMatchObject({
      original_channel: ORDERS,
      error_type: "refused",
      error_code: "record_too_large",
      error_message: "too large by far",
      retry_count: 1,
    });
  });

  test("a prefix is put before every topic, and no channel has it", async () => {
    const under = memoryBus();
    const opened: string[][] = [];
    const bus = await eventBus({
      bus: { ...under, open: async (topics: string[]) => (opened.push(topics), { lastBatch: 0 }) } as typeof under,
      env: { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: "127.0.0.1:1", KAFKA_TOPIC_PREFIX: "shop." },
      channels: ["saga.checkout"],
    });
    await bus.initializeTopics();
    await bus.publish(ORDERS, order("1"));
    expect(opened).toEqual([["shop.saga.checkout", "shop.saga.checkout.dlq"], [`shop.${ORDERS}`]]);
    expect(under.getPublishedMessages(`shop.${ORDERS}`)).toHaveLength(1);
    expect(Object.keys(bus.breakerStatus())).toEqual([ORDERS]);
  });

  test("where its topic cannot be made ready, nothing was published, and the next try makes it ready", async () => {
    const memory = memoryBus();
    let fail = true;
    const open = async (): Promise<{ lastBatch: number }> => {
      if (fail) throw new Error("no controller");
      return { lastBatch: 0 };
    };
    const bus = await eventBus({ bus: { ...memory, open } });
    await expect(bus.publish(ORDERS, order("1"))).rejects.toMatchObject({
      outcome: "absent",
      message: `${ORDERS}: no controller`,
    });
    expect(await bus.checkConnection()).toBe(false);
    fail = false;
    await bus.publish(ORDERS, order("2"));
    expect(memory.getPublishedMessages(ORDERS)).toHaveLength(1);
    expect(await bus.checkConnection()).toBe(true);
  });

  test("closed, it ends what is under way and takes nothing more", async () => {
    const memory = memoryBus();
    const bus = await eventBus({ bus: memory });
    const sent = Array.from({ length: 20 }, (_, n) => bus.publishStream(ORDERS, order(String(n))));
    await Promise.resolve();
    await Promise.all([...sent, bus.close()]);
    expect(memory.getPublishedMessages(ORDERS)).toHaveLength(20);
    await expect(bus.publish(ORDERS, order("1"))).rejects.toMatchObject({ code: "closed" });
  });
});

test("switched off, it publishes nothing, says so, and the service goes on", async () => {
  const bus = await eventBus({ env: { ENABLE_EVENT_BUS: "false" } });
  expect(await bus.publish(ORDERS, order("1"))).toMatchObject({ event_type: "OrderPlaced" });
  expect(await bus.healthCheck()).toMatchObject({ healthy: false, config: { enabled: false } });
  expect(await bus.checkConnection()).toBe(false);
});
