/** EventBuses of the tests: over the bus in memory, with waits that are short. */
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterEach } from "vitest";
import { z } from "zod";
import { createEventBus, type EventBus, type EventBusOptions } from "../../../relay/eventbus/index.ts";
import { createMemoryBus } from "../../../relay/bus/adapters/memory/memory.ts";

/** A channel of theirs. */
export const ORDERS = "transport.order-events";

/** Types of their events. */
export const EVENTS = {
  OrderPlaced: z.object({
    order_id: z.string(),
    quantity: z.number().int().optional(),
    lines: z.array(z.object({ sku: z.string() })).optional(),
  }),
  OrderCancelled: z.object({ order_id: z.string() }),
};

/** Settings under which a test waits for nothing. */
export const SHORT: NodeJS.ProcessEnv = {
  EVENT_PUBLISHER: "memory",
  EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS: "1",
  EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS: "2",
  EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: "1",
  EVENT_BUS_SUB_BLOCK_MS: "50",
  KAFKA_COMMIT_INTERVAL_MS: "20",
};

const made: EventBus[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map((bus) => bus.close()));
});

/** Makes one; it is closed after the test. */
export async function eventBus({ env = {}, ...options }: EventBusOptions = {}): Promise<EventBus> {
  const all = { DATA_DIR: `memory-${randomUUID()}`, ...SHORT, ...env };
  const bus = await createEventBus({ events: EVENTS, log: pino({ level: "silent" }), ...options, env: all });
  made.push(bus);
  return bus;
}

/** A bus in memory of its own, which a test looks into. */
export const memoryBus = () => createMemoryBus({ place: randomUUID() });

/** An order. */
export const order = (order_id: string, more: Record<string, unknown> = {}) => ({ event_type: "OrderPlaced", order_id, ...more });
