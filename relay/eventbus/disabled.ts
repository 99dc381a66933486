/** The EventBus that is switched off: it publishes nothing and hands over nothing, and the service that uses it goes on. */
import type { Logger } from "pino";
import type { EventBus } from "./event-bus.ts";
import { consumersOf } from "./health.ts";
import { enrich } from "./publish/enrich.ts";

/** Makes it; warned of once. */
export function disabledEventBus(log: Logger, reason: string): EventBus {
  log.warn({ reason }, "the event bus is switched off: nothing is published");
  return {
    publish: async (_channel, event) => enrich(event),
    publishStream: async (_stream, event) => enrich(event),
    publishBatch: async (_channel, events) => events.map(enrich),
    subscribe: async () => crypto.randomUUID(),
    subscribeStream: async () => crypto.randomUUID(),
    unsubscribe: async () => false,
    lag: async () => undefined,
    markCritical: () => {},
    initializeTopics: async () => {},
    breakerStatus: () => ({}),
    checkConnection: async () => false,
    healthCheck: async () => ({
      circuit_breakers: {},
      open_circuits: [],
      open_circuits_count: 0,
      adapter: {
        healthy: false,
        details: { bus: "none", ping_successful: false, producer_started: false, messages_sent: 0, ...consumersOf({}) },
      },
      healthy: false,
      config: {
        enabled: false,
        dlq_enabled: false,
        validation_enabled: false,
        critical_channels: [],
        total_channels_monitored: 0,
      },
      validation_errors: 0,
      queued: 0,
    }),
    close: async () => {},
  };
}
