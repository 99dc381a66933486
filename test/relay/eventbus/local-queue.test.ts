import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PublishError as BusError } from "../../../relay/bus/port/bus.ts";
import { type Fate, failingBus } from "../failing-bus.ts";
import { eventBus, order, ORDERS } from "./made.ts";

const down: Fate = () => ({ error: new BusError("absent", "connection refused") });
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sightline-queue-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const failing = (next: Fate[] = []) => Object.assign(failingBus({ delivery: "at-least-once" }), { next });
const made = (bus: ReturnType<typeof failing>, env: NodeJS.ProcessEnv = {}) =>
  eventBus({ bus, env: { EVENT_BUS_LOCAL_QUEUE: join(folder, "queue.db"), ...env } });
const idsOn = async (bus: ReturnType<typeof failing>, topic: string = ORDERS): Promise<string[]> =>
  (await Array.fromAsync(bus.read({ topics: [topic] }))).map(
    ({ value }) => (JSON.parse(String(value)) as { order_id: string }).order_id,
  );

test("keeps what an open breaker refuses, and what failed before it opened, and sends all of it later, in order", async () => {
  const under = failing(Array<Fate>(5).fill(down));
  const bus = await made(under);
  const ids = Array.from({ length: 12 }, (_, n) => String(n));
  for (const id of ids) await bus.publishStream(ORDERS, order(id), { partitionKey: "one" });
  expect((await bus.healthCheck()).queued).toBe(12);
  await vi.waitFor(async () => expect(await idsOn(under)).toEqual(ids), { timeout: 10_000 });
  await bus.publishStream(ORDERS, order("12"));
  expect(await idsOn(under)).toEqual([...ids, "12"]);
  expect((await bus.healthCheck()).queued).toBe(0);
});

test("what was kept outlives the process, and goes before what comes after it", async () => {
  const dead = failing(Array<Fate>(99).fill(down));
  const first = await made(dead);
  for (const id of ["1", "2"]) await first.publishStream(ORDERS, order(id));
  await first.close();
  const alive = failing();
  const second = await made(alive);
  await second.publishStream(ORDERS, order("3"));
  await vi.waitFor(async () => expect(await idsOn(alive)).toEqual(["1", "2", "3"]), { timeout: 10_000 });
});

test("a notification is not kept; and where the queue is full a stream's event is refused", async () => {
  const bus = await made(failing(Array<Fate>(99).fill(down)), { EVENT_BUS_LOCAL_QUEUE_MAX_EVENTS: "2" });
  await expect(bus.publish(ORDERS, order("0"))).rejects.toThrow("connection refused");
  for (const id of ["1", "2"]) await bus.publishStream(ORDERS, order(id));
  await expect(bus.publishStream(ORDERS, order("3"))).rejects.toMatchObject({ name: "CircuitOpenError", code: "queue_full" });
  expect((await bus.healthCheck()).queued).toBe(2);
});

test("one process at a time has the file", async () => {
  await made(failing());
  await expect(made(failing())).rejects.toThrow("in use by another EventBus");
});
