/** What a service does wrong, or at a bad moment: a clear error, and nothing lost by it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { PublishError as BusError } from "../../../relay/bus/port/bus.ts";
import { getEventBus, type MessageContext, type NewEvent, type ReceivedEvent } from "../../../relay/eventbus/index.ts";
import { type Fate, failingBus } from "../failing-bus.ts";
import { eventBus, memoryBus, order, ORDERS } from "./made.ts";

const down: Fate = () => ({ error: new BusError("absent", "connection refused") });
const half: Fate = ({ records }) => ({
  through: records.slice(0, 2),
  error: new BusError("absent", "half", { missing: records.slice(2) }),
});
const GROUP = { group: "g" };
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const UNCHECKED = { EVENT_BUS_VALIDATE_ON_PUBLISH: "false" };
const queueFile = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "sightline-faults-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "queue.db");
};

test("a handler that never ends holds close() up no longer than EVENT_BUS_DRAIN_MS", { timeout: 8_000 }, async () => {
  const bus = await eventBus({ env: { EVENT_BUS_DRAIN_MS: "50" } });
  let began = 0;
  for (const id of ["1", "2", "3"]) await bus.publishStream(ORDERS, order(id));
  await bus.subscribeStream(ORDERS, () => (began++, new Promise<void>(() => {})), { ...GROUP, batchSize: 1 });
  await until(() => expect(began).toBe(1));
  await bus.close();
});

test("a handler that has begun may publish while close() waits for it", async () => {
  const memory = memoryBus();
  const bus = await eventBus({ bus: memory });
  let begin: (() => void) | undefined;
  await bus.publishStream(ORDERS, order("1"));
  await bus.subscribeStream(
    ORDERS,
    async () => {
      await new Promise<void>((resolve) => (begin = resolve));
      await bus.publishStream("transport.invoices", order("invoice"));
    },
    GROUP,
  );
  await until(() => expect(begin).toBeDefined());
  const closing = bus.close();
  begin?.();
  await closing;
  expect(memory.getPublishedMessages("transport.invoices")).toHaveLength(1);
  await expect(bus.publishStream(ORDERS, order("2"))).rejects.toMatchObject({ code: "closed" });
});

test("nothing is subscribed to once it is closed, or while it closes", async () => {
  const bus = await eventBus();
  const handled: ReceivedEvent[] = [];
  const late = bus.subscribeStream(ORDERS, (event) => void handled.push(event), GROUP);
  const closing = bus.close();
  await expect(late).rejects.toMatchObject({ code: "closed" });
  await closing;
  await expect(bus.subscribe(ORDERS, () => {})).rejects.toMatchObject({ code: "closed" });
  expect(await bus.checkConnection()).toBe(false);
});

test("close() waits for a subscription that is being ended", async () => {
  const bus = await eventBus();
  let end: (() => void) | undefined;
  await bus.publishStream(ORDERS, order("1"));
  const id = await bus.subscribeStream(ORDERS, () => new Promise<void>((resolve) => (end = resolve)), GROUP);
  await until(() => expect(end).toBeDefined());
  const ended: string[] = [];
  const unsubscribing = bus.unsubscribe(id).then(() => ended.push("subscription"));
  const closing = bus.close().then(() => ended.push("bus"));
  await new Promise((resolve) => setImmediate(resolve));
  end?.();
  await Promise.all([unsubscribing, closing]);
  expect(ended).toEqual(["subscription", "bus"]);
});

test("a dead letter whose handler fails stays where it is: no copy of it is made", async () => {
  const memory = memoryBus();
  const bus = await eventBus({ bus: memory });
  await bus.publishStream(`${ORDERS}.dlq`, order("1"));
  let calls = 0;
  const id = await bus.subscribeStream(
    `${ORDERS}.dlq`,
    () => {
      calls++;
      throw new Error("cannot be done");
    },
    GROUP,
  );
  await until(async () => expect([...((await bus.lag(id)) ?? []).values()].reduce((a, b) => a + b, 0)).toBe(0));
  expect(calls).toBe(3);
  expect(memory.getPublishedMessages(`${ORDERS}.dlq`)).toHaveLength(1);
});

test("an event that its filter could not be asked of is not handled unasked", async () => {
  const bus = await eventBus();
  const handled: unknown[] = [];
  let asked = 0;
  const filter = ({ order_id }: ReceivedEvent): boolean => {
    if (++asked === 1) throw new Error("not yet");
    return order_id === "2";
  };
  for (const id of ["1", "2"]) await bus.publishStream(ORDERS, order(id), { partitionKey: "one" });
  await bus.subscribeStream(ORDERS, ({ order_id }) => void handled.push(order_id), { ...GROUP, filter });
  await until(() => expect(handled).toContain("2"));
  expect(handled).toEqual(["2"]);
});

test.each<[string, unknown, string]>([
  ["a BigInt", { ...order("1"), amount: 1n }, "BigInt"],
  ["a circle", Object.assign(order("1"), { self: {} as unknown }), "circular"],
  ["toJSON", { ...order("1"), toJSON: () => undefined }, "expected a JSON object"],
  ["a version that is a BigInt", { ...order("1"), version: 1n }, "version"],
  ["null", null, "expected an object, got null"],
])("%s in one event of a batch is a ValidationError, and nothing of the batch is sent", async (_name, bad, message) => {
  const event = bad as NewEvent;
  if (event && "self" in event) event["self"] = event;
  const memory = memoryBus();
  const bus = await eventBus({ bus: memory, env: UNCHECKED });
  const failed = await bus.publishBatch(ORDERS, [order("0"), event, order("2")]).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "invalid_event", message: expect.stringContaining(message) });
  await new Promise((resolve) => setImmediate(resolve));
  expect(memory.getPublishedMessages(ORDERS)).toEqual([]);
});

test("a field called __proto__ is a field", async () => {
  const memory = memoryBus();
  const bus = await eventBus({ bus: memory, env: UNCHECKED });
  await bus.publishStream(ORDERS, JSON.parse('{"event_type":"A","__proto__":{"version":7}}') as NewEvent);
  expect(JSON.stringify(memory.getPublishedMessages(ORDERS))).toContain('"version":1,"__proto__":{"version":7}');
});

test("a partitionKey that is null is none, and one that is no text is refused", async () => {
  const memory = memoryBus();
  const bus = await eventBus({ bus: memory });
  const [none, number] = [null, 7].map((key) => ({ partitionKey: key as unknown as string }));
  await bus.publishStream(ORDERS, order("1"), none);
  await expect(bus.publishStream(ORDERS, order("2"), number)).rejects.toMatchObject({ code: "invalid_event" });
  expect(memory.getPublishedMessages(ORDERS)).toMatchObject([{ order_id: "1" }]);
});

test("events are sent in the order in which they were published, whichever schema takes longer", async () => {
  const memory = memoryBus();
  const gate = Promise.withResolvers<boolean>();
  const events = { OrderPlaced: z.object({ order_id: z.string().refine((id) => (id === "1" ? gate.promise : true)) }) };
  const bus = await eventBus({ bus: memory, events });
  const sending = ["1", "2"].map((id) => bus.publishStream(ORDERS, order(id), { partitionKey: "one" }));
  await new Promise((resolve) => setImmediate(resolve));
  gate.resolve(true);
  await Promise.all(sending);
  expect(memory.getPublishedMessages(ORDERS)).toMatchObject([{ order_id: "1" }, { order_id: "2" }]);
});

test("with a full local queue, only those are refused that are not on the bus", async () => {
  const under = failingBus({ delivery: "at-least-once" });
  under.next = [half, down, down];
  const bus = await eventBus({
    bus: under,
    env: { EVENT_BUS_LOCAL_QUEUE: await queueFile(), EVENT_BUS_LOCAL_QUEUE_MAX_EVENTS: "1" },
  });
  const sent = await Promise.allSettled(["1", "2", "3", "4"].map((id) => bus.publishStream(ORDERS, order(id))));
  expect(sent.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
  expect((sent[2] as PromiseRejectedResult).reason).toMatchObject({ code: "queue_full" });
});

test("a local queue with a channel whose name is no longer allowed says so, and sends the others", async () => {
  const file = await queueFile();
  const env = { EVENT_BUS_LOCAL_QUEUE: file };
  const first = await eventBus({
    bus: Object.assign(failingBus({ delivery: "at-least-once" }), { next: Array<Fate>(99).fill(down) }),
    env: { ...env, EVENT_BUS_TOPIC_NAMES: "any" },
  });
  for (const channel of ["Others", ORDERS]) await first.publishStream(channel, order("1"));
  await first.close();
  const memory = memoryBus();
  const second = await eventBus({ bus: memory, env });
  await until(() => expect(memory.getPublishedMessages(ORDERS)).toHaveLength(1));
  expect((await second.healthCheck()).queued).toBe(1);
});

test("a topic that is named twice is handled once", async () => {
  const bus = await eventBus();
  const handled: unknown[] = [];
  await bus.publishStream(ORDERS, order("1"), { partitionKey: "one" });
  await bus.publishStream("transport.last", order("2"), { partitionKey: "one" });
  await bus.subscribeStream([ORDERS, ORDERS, "transport.last"], ({ order_id }) => void handled.push(order_id), GROUP);
  await until(() => expect(handled).toContain("2"));
  expect(handled).toEqual(["1", "2"]);
});

test("on a local bus a member goes on saying that it is there while a lane that goes waits for its handler", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sightline-faults-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const env = { EVENT_PUBLISHER: "local", DATA_DIR: folder };
  const one = await eventBus({ env: { ...env, EVENT_BUS_DRAIN_MS: "3500" } });
  const signals: AbortSignal[] = [];
  await Promise.all(Array.from({ length: 40 }, (_, n) => one.publishStream(ORDERS, order(String(n)))));
  const longOne = (_event: ReceivedEvent, { signal }: MessageContext) => (signals.push(signal), new Promise<void>(() => {}));
  await one.subscribeStream(ORDERS, longOne, { ...GROUP, consumer: "one", concurrency: 40, batchSize: 40 });
  await until(() => expect(signals).toHaveLength(40));
  const two = await eventBus({ env });
  await two.subscribeStream(ORDERS, () => {}, { ...GROUP, consumer: "two" });
  await until(() => expect(signals.some(({ aborted }) => aborted)).toBe(true));
  const db = new DatabaseSync(join(folder, "bus.db"), { readOnly: true });
  onTestFinished(() => db.close());
  const seenAt = () => Number(db.prepare("SELECT seen_at FROM group_members WHERE member LIKE 'one%'").get()?.["seen_at"]);
  const before = seenAt();
  await vi.waitFor(() => expect(seenAt()).toBeGreaterThan(before), { timeout: 2_500, interval: 50 });
});

test("a local queue that cannot be opened says why each time, and is held by nobody", async () => {
  const file = await queueFile();
  await writeFile(file, "no database, but long enough to be looked at as one".repeat(20));
  const opening = () => eventBus({ bus: memoryBus(), env: { EVENT_BUS_LOCAL_QUEUE: file } });
  for (let time = 0; time < 2; time++) await expect(opening()).rejects.toThrow("cannot be used");
});

test("the EventBus of a process that is closed twice takes no later one along", async () => {
  const options = { bus: memoryBus(), env: { ...UNCHECKED, EVENT_PUBLISHER: "memory" } };
  const first = await getEventBus(options);
  await first.close();
  const second = await getEventBus(options);
  onTestFinished(() => second.close());
  await first.close();
  expect(await getEventBus(options)).toBe(second);
});
