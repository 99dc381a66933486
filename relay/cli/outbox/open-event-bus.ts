import { destination, pino } from "pino";
import { createEventBus } from "../../eventbus/create.ts";
import type { EventBus } from "../../eventbus/event-bus.ts";
import { ConfigError } from "../../lib/settings.ts";
import type { Config } from "../../service/settings/config.ts";

/**
 * What publishes the outbox. Its events were checked when they were queued; what the bus does not take stays in the outbox, and in no queue
 * beside it. Rejects with a ConfigError where the bus is switched off: it would take everything, and publish nothing.
 */
export async function openEventBus(env: NodeJS.ProcessEnv, { bus, service }: Config): Promise<EventBus> {
  if (bus.disabledBy !== undefined) {
    throw new ConfigError([`EVENT_PUBLISHER: expected a bus, and this one is switched off: ${bus.disabledBy}`]);
  }
  // What a command says goes to stdout, and all else to stderr.
  const log = pino({ name: "outbox", level: service.logLevel }, destination(2));
  return createEventBus({ env: { ...env, EVENT_BUS_VALIDATE_ON_PUBLISH: "false", EVENT_BUS_LOCAL_QUEUE: "" }, log });
}
