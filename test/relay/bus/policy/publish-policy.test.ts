import { pino } from "pino";
import { describe, expect, test, vi } from "vitest";
import { type BusRecord, PublishError } from "../../../../relay/bus/port/bus.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { createPublishPolicy } from "../../../../relay/bus/policy/publish-policy.ts";
import { type Fate, failingBus } from "../../failing-bus.ts";

const log = pino({ level: "silent" });
const record = (topic: string, id: string): BusRecord => ({ topic, key: "k", value: Buffer.from(id), headers: { event_id: id } });
const batch = (...records: BusRecord[]) => ({ number: 1, claimedAt: "2026-01-01T00:00:00.000Z", records });

const down: Fate = () => ({ error: new PublishError("absent", "connection refused") });
const topicDown =
  (topic: string): Fate =>
  () => ({ error: new PublishError("absent", "not enough replicas", { topics: [topic] }) });

/** A policy whose waits are short, over a bus that fails as `next` says. */
function setUp(next: Fate[], env: NodeJS.ProcessEnv = {}, options?: Parameters<typeof failingBus>[0]) {
  const bus = failingBus(options);
  bus.next = next;
  const waits = { EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS: "1", EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS: "2" };
  const numbers = readConfig({ ...waits, EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: "1", ...env }).bus.policy;
  const policy = createPublishPolicy({ bus, numbers, log });
  const states: string[] = [];
  policy.onTransition((name, state) => states.push(`${name} ${state}`));
  const view = (name: string) => policy.breakers().find((breaker) => breaker.name === name);
  return { bus, policy, states, view };
}

describe("createPublishPolicy", () => {
  test("tries a batch three times, and one with a critical topic five times", async () => {
    const plain = setUp(Array<Fate>(9).fill(down), { EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "99" });
    await expect(plain.policy.publish(batch(record("t", "e")))).rejects.toMatchObject({ outcome: "absent" });
    expect(plain.bus.given).toHaveLength(3);
    const env = { EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "99", CRITICAL_TOPICS: "other, t" };
    const critical = setUp(Array<Fate>(9).fill(down), env);
    await expect(critical.policy.publish(batch(record("t", "e")))).rejects.toThrow(PublishError);
    expect(critical.bus.given).toHaveLength(5);
  });

  test("a topic's own policy comes before what is set for all", async () => {
    const policies = JSON.stringify({ t: { max_attempts: 7, initial_delay_ms: 1, max_delay_ms: 2, failure_threshold: 99 } });
    const { bus, policy } = setUp(Array<Fate>(9).fill(topicDown("t")), { TOPIC_POLICIES: policies });
    await expect(policy.publish(batch(record("t", "e"), record("u", "f")))).rejects.toMatchObject({ topics: ["t"] });
    expect(bus.given).toHaveLength(7);
  });

  test("the breaker of the bus opens, rests, wants three successes, and says so in order", async () => {
    const { policy, states, view } = setUp(Array<Fate>(6).fill(down));
    for (let i = 0; i < 2; i++) await expect(policy.publish(batch(record("t", "e")))).rejects.toThrow("connection refused");
    expect(policy.stopped()).toContain("connection refused");
    expect(view("cluster")).toMatchObject({ state: "OPEN", failureCount: 5, totalFailures: 5, totalSuccess: 0 });
    await expect(policy.call(async () => {})).rejects.toThrow("breaker is open");
    await vi.waitFor(() => policy.call(async () => {}), { timeout: 5_000 });
    expect(policy.stopped()).toBeDefined();
    await policy.call(async () => {});
    await policy.call(async () => {});
    expect(policy.stopped()).toBeUndefined();
    expect(states).toEqual(["cluster OPEN", "cluster HALF_OPEN", "cluster CLOSED"]);
    expect(view("cluster")).toMatchObject({ state: "CLOSED", failureCount: 0, consecutiveSuccesses: 3, totalSuccess: 3 });
  });

  test("a failure in half-open opens the breaker again", async () => {
    const { policy, states } = setUp(Array<Fate>(6).fill(down));
    for (let i = 0; i < 2; i++) await expect(policy.publish(batch(record("t", "e")))).rejects.toThrow("connection refused");
    const failing = () => policy.call(() => Promise.reject(new Error("still away")));
    await vi.waitFor(() => expect(failing()).rejects.toThrow("still away"), { timeout: 5_000 });
    expect(states).toEqual(["cluster OPEN", "cluster HALF_OPEN", "cluster OPEN"]);
    expect(policy.stopped()).toContain("still away");
  });

  test("one topic's fault opens its own breaker, and neither that of the bus nor that of another topic", async () => {
    const { policy, states, view } = setUp(Array<Fate>(5).fill(topicDown("t")));
    for (let i = 0; i < 2; i++) {
      await expect(policy.publish(batch(record("t", "e"), record("u", "f")))).rejects.toMatchObject({ topics: ["t"] });
    }
    expect(states).toEqual(["t OPEN"]);
    expect(policy.stopped()).toBeUndefined();
    expect(policy.rest("t")).toBe(1);
    expect(policy.rest("u")).toBeUndefined();
    expect(view("cluster")).toMatchObject({ state: "CLOSED", totalFailures: 0 });
    await policy.publish(batch(record("u", "f")));
    await vi.waitFor(() => expect(policy.rest("t")).toBeUndefined(), { timeout: 5_000 });
    for (let i = 0; i < 3; i++) await policy.publish(batch(record("t", "e")));
    expect(states).toEqual(["t OPEN", "t HALF_OPEN", "t CLOSED"]);
  });

  test("a topic on trial stays open where the bus fails", async () => {
    const { policy, states } = setUp([...Array<Fate>(5).fill(topicDown("t")), down]);
    for (let i = 0; i < 2; i++) await expect(policy.publish(batch(record("t", "e")))).rejects.toThrow("not enough replicas");
    await vi.waitFor(() => expect(policy.rest("t")).toBeUndefined(), { timeout: 5_000 });
    await expect(policy.publish(batch(record("t", "e")))).rejects.toThrow("connection refused");
    expect(states).toEqual(["t OPEN", "t HALF_OPEN", "t OPEN"]);
  });

  test("a refused record is tried once, and is nobody's failure", async () => {
    const bad = record("t", "e");
    const refused = new Map([[bad, { code: "record_too_large" as const, message: "too large" }]]);
    const { bus, policy, view } = setUp([() => ({ error: new PublishError("absent", "refused", { refused }) })]);
    await expect(policy.publish(batch(bad))).rejects.toMatchObject({ refused, outcome: "absent" });
    expect(bus.given).toHaveLength(1);
    expect(view("cluster")).toMatchObject({ totalFailures: 0, state: "CLOSED" });
  });

  test("after an unknown outcome nothing is published that is there", async () => {
    const records = [record("t", "e1"), record("t", "e2")];
    const lost: Fate = () => ({ through: records, error: new PublishError("unknown", "no answer") });
    const { bus, policy } = setUp([lost]);
    await policy.publish(batch(...records));
    expect(bus.given).toHaveLength(1);
  });

  test("without transactions only what is missing is published again, in its order", async () => {
    const records = ["e1", "e2", "e3", "e4"].map((id) => record("t", id));
    const half: Fate = () => ({ through: [records[0]!, records[2]!], error: new PublishError("unknown", "no answer") });
    const { bus, policy } = setUp([half], {}, { transactions: false });
    await policy.publish(batch(...records));
    expect(bus.given.map((given) => given.records.map(({ value }) => String(value)))).toEqual([
      ["e1", "e2", "e3", "e4"],
      ["e2", "e4"],
    ]);
  });
});
