/** How the EventBus stands, in the words that its users' dashboards know. */
import type { BreakerStatus } from "@sightline/bus/breaker-status";
import type { ConsumerStats } from "./consume/stats.ts";

/** What `healthCheck` tells. */
export interface Health {
  circuit_breakers: Record<string, BreakerStatus>;
  open_circuits: string[];
  open_circuits_count: number;
  adapter: {
    healthy: boolean;
    details: {
      /** Name of the bus. */
      bus: string;
      ping_successful: boolean;
      producer_started: boolean;
      messages_sent: number;
      messages_received: number;
      active_consumers: number;
      total_consumers: number;
      /** Failed tries of handlers, percent of the messages. */
      consumer_error_rate: number;
      /** By `channel:group`. */
      consumers: Record<string, ConsumerStats>;
    };
  };
  /** The bus answers, and no circuit is open. */
  healthy: boolean;
  config: {
    enabled: boolean;
    dlq_enabled: boolean;
    validation_enabled: boolean;
    critical_channels: string[];
    total_channels_monitored: number;
  };
  /** Events that were refused since they are not as their schema says. */
  validation_errors: number;
  /** Events in the local queue. */
  queued: number;
}

/** What an EventBus knows of itself. */
interface Standing {
  /** The bus answered. */
  ping: boolean;
  breakers: Record<string, BreakerStatus>;
  consumers: Record<string, ConsumerStats>;
  /** Name of the bus. */
  bus: string;
  isOpen: boolean;
  sent: number;
  deadLetters: boolean;
  validates: boolean;
  /** Channels. */
  critical: string[];
  invalid: number;
  queued: number;
}

/** Its health, in those words. */
export function healthOf({ ping, breakers, consumers, bus, isOpen, sent, invalid, queued, ...standing }: Standing): Health {
  const open = Object.keys(breakers).filter((name) => breakers[name]?.state === "OPEN");
  return {
    circuit_breakers: breakers,
    open_circuits: open,
    open_circuits_count: open.length,
    adapter: {
      healthy: ping,
      details: { bus, ping_successful: ping, producer_started: isOpen, messages_sent: sent, ...consumersOf(consumers) },
    },
    healthy: ping && open.length === 0,
    config: {
      enabled: true,
      dlq_enabled: standing.deadLetters,
      validation_enabled: standing.validates,
      critical_channels: standing.critical,
      total_channels_monitored: Object.keys(breakers).length,
    },
    validation_errors: invalid,
    queued,
  };
}

/** What all consumers did. */
export function consumersOf(consumers: Record<string, ConsumerStats>) {
  const all = Object.values(consumers);
  const sum = (of: (stats: ConsumerStats) => number): number => all.reduce((total, stats) => total + of(stats), 0);
  const received = sum(({ messages_processed }) => messages_processed);
  const errors = sum((stats) => stats.errors);
  return {
    messages_received: received,
    active_consumers: sum(({ active }) => (active ? 1 : 0)),
    total_consumers: all.length,
    consumer_error_rate: received + errors === 0 ? 0 : (100 * errors) / (received + errors),
    consumers,
  };
}
