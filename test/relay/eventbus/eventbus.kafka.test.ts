/** The EventBus on a real Kafka: what a service sees of it. */
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterEach, describe, expect, inject, test, vi } from "vitest";
import { createEventBus, type EventBus } from "../../../relay/eventbus/index.ts";
import { runExample } from "./example-process.ts";
import { EVENTS, order, ORDERS } from "./made.ts";

const kafka = inject("kafka");
const brokers = "brokers" in kafka ? kafka.brokers : "";

describe.skipIf("missing" in kafka)(`the EventBus on ${"missing" in kafka ? kafka.missing : "Kafka"}`, () => {
  const made: EventBus[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map((bus) => bus.close()));
  });
  const service = async (env: NodeJS.ProcessEnv): Promise<EventBus> => {
    const common = {
      EVENT_PUBLISHER: "kafka",
      KAFKA_BROKERS: brokers,
      KAFKA_COMMIT_INTERVAL_MS: "200",
      EVENT_BUS_SUB_BLOCK_MS: "500",
    };
    const bus = await createEventBus({ events: EVENTS, log: pino({ level: "silent" }), env: { ...common, ...env } });
    made.push(bus);
    return bus;
  };

  test("two services publish, two members share the work while one leaves, keys stay in order, and a poison message is set aside", async () => {
    const env = { KAFKA_TOPIC_PREFIX: `t${randomUUID().slice(0, 8)}.` };
    const [one, two, first, second] = await Promise.all([service(env), service(env), service(env), service(env)]);
    const seen = new Map<string, string[]>();
    const handled = new Set<EventBus>();
    const subscribe = (bus: EventBus) =>
      bus.subscribeStream(
        ORDERS,
        ({ order_id }, { record }) => {
          if (order_id === "poison") throw new Error("cannot be done");
          handled.add(bus);
          seen.set(record.key, [...(seen.get(record.key) ?? []), String(order_id)]);
        },
        { group: "billing", maxAttempts: 2 },
      );
    await Promise.all([subscribe(first), subscribe(second)]);
    const keys = Array.from({ length: 12 }, (_, n) => `user-${n}`);
    const publish = async (from: number): Promise<void> => {
      for (let n = from; n < from + 10; n++) {
        await Promise.all(
          keys.map((key, k) => (k % 2 === 0 ? one : two).publishStream(ORDERS, order(`${n}`), { partitionKey: key })),
        );
      }
    };
    await publish(0);
    await vi.waitFor(() => expect(handled.size).toBe(2), { timeout: 30_000 });
    await one.publishStream(ORDERS, order("poison"), { partitionKey: "user-0" });
    const leaving = second.close();
    await publish(10);
    await leaving;
    const all = Array.from({ length: 20 }, (_, n) => String(n));
    await vi.waitFor(() => expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(keys.map((key) => [key, all]))), {
      timeout: 30_000,
    });
    const dead: unknown[] = [];
    await one.subscribeStream(`${ORDERS}.dlq`, (event) => void dead.push(event), { group: "graves" });
    await vi.waitFor(() => expect(dead).toHaveLength(1), { timeout: 30_000 });
    expect(dead[0]).toMatchObject({
      order_id: "poison",
      _dlq_metadata: { original_channel: `${env.KAFKA_TOPIC_PREFIX}${ORDERS}`, retry_count: 2 },
    });
    expect(await first.healthCheck()).toMatchObject({
      healthy: true,
      adapter: { details: { ping_successful: true, active_consumers: 1 } },
    });
  });

  test("the example of a subscriber to Kafka says what the relay put there, and ends in order", async () => {
    const env = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: `t${randomUUID().slice(0, 8)}.` };
    const event = { event_type: "exposure", id: "e-1", occurred_at: "2026-01-01T00:00:00.000Z" };
    expect(await runExample("kafka", env, "rec.exposure.recorded.v1", event)).toBe("2026-01-01T00:00:00.000Z e-1");
  });
});
