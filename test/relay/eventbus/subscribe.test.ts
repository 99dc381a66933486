import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { PublishError as BusError } from "../../../relay/bus/port/bus.ts";
import type { EventBus, Handler, MessageContext, ReceivedEvent } from "../../../relay/eventbus/index.ts";
import { type Fate, failingBus } from "../failing-bus.ts";
import { eventBus, memoryBus, order, ORDERS } from "./made.ts";

const down: Fate = () => ({ error: new BusError("absent", "connection refused") });
const GROUP = { group: "g" };
const idOf = ({ order_id }: ReceivedEvent): string => String(order_id);
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
/** A handler that keeps what it is given, and what comes of it. */
function recording(work: Handler = () => {}) {
  const seen: string[] = [];
  const contexts: MessageContext[] = [];
  const handler: Handler = (event, context) => {
    seen.push(idOf(event));
    contexts.push(context);
    return work(event, context);
  };
  return { seen, contexts, handler };
}
const deadOf = async (bus: EventBus): Promise<ReceivedEvent[]> => {
  const dead: ReceivedEvent[] = [];
  const id = await bus.subscribeStream(`${ORDERS}.dlq`, (event) => void dead.push(event), { group: randomUUID() });
  await until(async () => expect([...((await bus.lag(id)) ?? []).values()].every((lag) => lag === 0)).toBe(true));
  return dead;
};

describe("subscribing to a stream", () => {
  test("hands over what is there and what comes, with its channel and its record", async () => {
    const bus = await eventBus();
    await bus.publishStream(ORDERS, order("1"), { partitionKey: "user-1" });
    const { seen, contexts, handler } = recording();
    await bus.subscribeStream(ORDERS, handler, GROUP);
    await bus.publishStream(ORDERS, order("2"));
    await until(() => expect(seen).toEqual(["1", "2"]));
    expect(contexts[0]).toMatchObject({ channel: ORDERS, attempt: 1, record: { topic: ORDERS, key: "user-1" } });
  });

  test("events of one key one after the other, of others side by side, no more than so many at a time", async () => {
    const bus = await eventBus();
    let running = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const { seen, handler } = recording(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => ends.push(resolve));
      running--;
    });
    const keys = ["a", "a", "b", "c", "d"];
    await Promise.all(keys.map((key, n) => bus.publishStream(ORDERS, order(`${key}${n}`), { partitionKey: key })));
    await bus.subscribeStream(ORDERS, handler, { ...GROUP, concurrency: 3 });
    await until(() => expect(ends).toHaveLength(3));
    expect(seen).toEqual(["a0", "b2", "c3"]);
    for (let ended = 0; ended < 5; ended++) {
      await until(() => expect(ends.length).toBeGreaterThan(ended));
      ends[ended]!();
    }
    await until(() => expect(seen).toHaveLength(5));
    expect(seen.indexOf("a1")).toBeGreaterThan(seen.indexOf("a0"));
    expect(most).toBe(3);
  });

  test("a handler that fails is tried again; a poison message goes to the dead letters, and what is behind it goes on", async () => {
    const bus = await eventBus();
    const { seen, contexts, handler } = recording((event) => {
      if (idOf(event) === "flaky" && seen.filter((id) => id === "flaky").length < 3) throw new Error("not yet");
      if (idOf(event) === "poison") return Promise.reject(new Error("cannot be done"));
      return undefined;
    });
    for (const id of ["flaky", "poison", "behind"]) await bus.publishStream(ORDERS, order(id), { partitionKey: "one" });
    const id = await bus.subscribeStream(ORDERS, handler, GROUP);
    await until(() => expect(seen).toEqual(["flaky", "flaky", "flaky", "poison", "poison", "poison", "behind"]));
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 1, 2, 3, 1]);
    await until(async () => expect([...((await bus.lag(id)) ?? []).values()].reduce((a, b) => a + b, 0)).toBe(0));
    const [dead, ...more] = await deadOf(bus);
    expect(more).toEqual([]);
    expect(dead).toMatchObject({
      event_type: "OrderPlaced",
      order_id: "poison",
      _dlq_metadata: {
        original_channel: ORDERS,
        error_type: "poison",
        error_code: "handler_failed",
        error_message: "cannot be done",
        retry_count: 3,
        failed_at: expect.any(String),
      },
    });
    expect((await bus.healthCheck()).adapter.details.consumers[`${ORDERS}:g`]).toMatchObject({
      messages_processed: 3,
      errors: 2 + 3,
      dead_lettered: 1,
      active: true,
      current_backoff: 0,
      fault: undefined,
    });
  });

  test("what is no event is not handed to the handler: no JSON goes to the dead letters byte for byte, a tombstone is passed over", async () => {
    const memory = memoryBus();
    const bus = await eventBus({ bus: memory });
    const values = [Buffer.from("text"), Buffer.from([0xff, 0xfe, 0x00]), Buffer.from("[1]")];
    await memory.publish({ number: 0, records: values.map((value) => ({ topic: ORDERS, key: "k", value, headers: {} })) });
    await bus.publishStream(ORDERS, order("1"), { partitionKey: "k" });
    const { seen, handler } = recording();
    await bus.subscribeStream(ORDERS, handler, GROUP);
    await until(() => expect(seen).toEqual(["1"]));
    const dead = await deadOf(bus);
    expect(dead.map(({ _dlq_original_base64: original }) => Buffer.from(String(original), "base64"))).toEqual(values);
    expect(dead.map(({ _dlq_metadata: metadata }) => (metadata as { error_type: string }).error_type)).toEqual(
      Array(3).fill("undecodable"),
    );
  });

  test("while the dead letters cannot be written the message is not acknowledged, and afterwards it is there once", async () => {
    const failing = failingBus({ delivery: "at-least-once" });
    const bus = await eventBus({ bus: failing, env: { EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "99" } });
    await bus.publishStream(ORDERS, order("poison"));
    failing.next = Array<Fate>(7).fill(down);
    const { seen, handler } = recording(() => {
      throw new Error("cannot be done");
    });
    await bus.subscribeStream(ORDERS, handler, GROUP);
    await until(() => expect(failing.given.length).toBeGreaterThan(8));
    expect(seen).toHaveLength(3);
    expect(await deadOf(bus)).toHaveLength(1);
  });

  test("without dead letters a message is tried until it succeeds", async () => {
    const bus = await eventBus({ env: { ENABLE_DLQ: "false" } });
    await bus.publishStream(ORDERS, order("1"));
    const { seen, handler } = recording(() => {
      if (seen.length < 9) throw new Error("not yet");
    });
    await bus.subscribeStream(ORDERS, handler, GROUP);
    await until(() => expect(seen).toHaveLength(9));
  });

  test("members of a group share its messages, groups do not, and a worker's type names its group", async () => {
    const env = { DATA_DIR: `memory-${randomUUID()}`, KAFKA_CONSUMER_GROUP_ID_PREFIX: "shop" };
    const one = await eventBus({ env: { ...env, EVENT_BUS_WORKER_TYPE: "EVENT_PROCESSOR" } });
    const two = await eventBus({ env });
    const [first, other] = [recording(), recording()];
    await one.subscribeStream(ORDERS, first.handler);
    await two.subscribeStream(ORDERS, other.handler, { group: "other", fromBeginning: false });
    await one.publishStream(ORDERS, order("1"));
    await until(() => expect([first.seen, other.seen]).toEqual([["1"], ["1"]]));
    expect(Object.keys((await one.healthCheck()).adapter.details.consumers)).toEqual([`${ORDERS}:shop.event-processor-workers`]);
    expect(Object.keys((await two.healthCheck()).adapter.details.consumers)).toEqual([`${ORDERS}:shop.other`]);
  });

  test("a group begins where it asks to, and goes on where it was", async () => {
    const bus = await eventBus();
    await bus.publishStream(ORDERS, order("before"));
    const late = recording();
    const id = await bus.subscribeStream(ORDERS, late.handler, { ...GROUP, fromBeginning: false });
    await bus.publishStream(ORDERS, order("1"));
    await until(() => expect(late.seen).toEqual(["1"]));
    expect(await bus.unsubscribe(id)).toBe(true);
    expect(await bus.unsubscribe(id)).toBe(false);
    await bus.publishStream(ORDERS, order("2"));
    const again = recording();
    await bus.subscribeStream(ORDERS, again.handler, GROUP);
    await until(() => expect(again.seen).toEqual(["2"]));
  });

  test("closed, it waits for the handler that runs, tells it, and leaves the rest to others", async () => {
    const env = { DATA_DIR: `memory-${randomUUID()}` };
    const bus = await eventBus({ env });
    let end: (() => void) | undefined;
    const { seen, contexts, handler } = recording(() => new Promise<void>((resolve) => (end = resolve)));
    for (const id of ["1", "2"]) await bus.publishStream(ORDERS, order(id), { partitionKey: "one" });
    await bus.subscribeStream(ORDERS, handler, GROUP);
    await until(() => expect(end).toBeDefined());
    let isClosed = false;
    const closing = bus.close().then(() => (isClosed = true));
    await until(() => expect(contexts[0]?.signal.aborted).toBe(true));
    await sleep(0);
    expect(isClosed).toBe(false);
    end?.();
    await closing;
    expect(seen).toEqual(["1"]);
    const next = recording();
    await (await eventBus({ env })).subscribeStream(ORDERS, next.handler, GROUP);
    await until(() => expect(next.seen).toEqual(["2"]));
  });

  test("closed while a handler waits to be tried again, it does not wait for that, and the message is another's", async () => {
    const env = { DATA_DIR: `memory-${randomUUID()}` };
    const slow = { EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS: "60000", EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS: "60000" };
    const bus = await eventBus({ env: { ...env, ...slow } });
    await bus.publishStream(ORDERS, order("1"));
    const { seen, handler } = recording(() => {
      throw new Error("not yet");
    });
    await bus.subscribeStream(ORDERS, handler, GROUP);
    await until(async () => expect((await bus.healthCheck()).adapter.details.consumers[`${ORDERS}:g`]?.current_backoff).toBe(60));
    await bus.close();
    expect(seen).toEqual(["1"]);
    const next = recording();
    await (await eventBus({ env })).subscribeStream(ORDERS, next.handler, GROUP);
    await until(() => expect(next.seen).toEqual(["1"]));
  });
});

test("subscribing to a channel: everyone gets what comes from now on, filtered", async () => {
  const bus = await eventBus();
  await bus.publish("realtime.orders", order("before"));
  const [all, some] = [recording(), recording()];
  await bus.subscribe("realtime.orders", all.handler);
  await bus.subscribe("realtime.orders", some.handler, { filter: (event) => idOf(event).startsWith("x") });
  for (const id of ["1", "x2"]) await bus.publish("realtime.orders", order(id));
  await until(() => expect([all.seen, some.seen]).toEqual([["1", "x2"], ["x2"]]));
});

test("a bus that cannot be subscribed to says so", async () => {
  const { subscribe: _, ...memory } = memoryBus();
  const bus = await eventBus({ bus: memory });
  await expect(bus.subscribe(ORDERS, () => {})).rejects.toMatchObject({ code: "no_subscriptions" });
});

test.for([
  [{ batchSize: 0 }, "batchSize: expected a whole number from 1, got 0"],
  [{ concurrency: Number.NaN }, "concurrency: expected a whole number from 1, got NaN"],
  [{ maxAttempts: 1.5 }, "maxAttempts: expected a whole number from 1, got 1.5"],
] as const)("options that would wait for ever are refused: %j", async ([options, message]) => {
  const bus = await eventBus();
  await expect(bus.subscribeStream(ORDERS, () => {}, options)).rejects.toMatchObject({ code: "invalid_option", message });
  await expect(bus.subscribeStream([], () => {})).rejects.toMatchObject({ code: "invalid_option" });
});
