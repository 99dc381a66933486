/** `GET /health`: the state of the bus and its breakers, in the form that users of the event bus know. */
import { allTopics } from "../../bus/port/topics.ts";
import type { BusConfig } from "../../bus/settings.ts";
import type { Totals } from "../../state/counters.ts";
import { type BreakerStatus, statusOf } from "../../bus/policy/breaker-status.ts";
import type { BreakerView } from "../../bus/policy/breakers.ts";
import { CLUSTER } from "../../bus/policy/breakers.ts";

/** The response. */
export interface Health {
  /** By topic; `cluster` is that of the whole bus. */
  circuit_breakers: Record<string, BreakerStatus>;
  /** Names of those that are open. */
  open_circuits: string[];
  open_circuits_count: number;
  adapter: {
    healthy: boolean;
    details: {
      /** The bus responded to the last call. */
      ping_successful: boolean;
      /** The relay can publish. */
      producer_started: boolean;
      /** Envelopes that went to the bus, dead letters included, and that came from the queue: both since the store was made. */
      messages_sent: number;
      messages_received: number;
      /** Queues that are taken from; 0 while nothing is taken. */
      active_consumers: number;
    };
  };
  healthy: boolean;
  config: {
    dlq_enabled: boolean;
    validation_enabled: boolean;
    critical_channels: string[];
    /** Topics that the relay publishes to. */
    total_channels_monitored: number;
  };
}

/** What it is made of. */
export interface HealthFacts {
  breakers: BreakerView[];
  /** Why nothing is taken; undefined while the relay takes. */
  notTaking: string | undefined;
  /** Whether the bus was opened and not given up since. */
  busOpen: boolean;
  totals: Totals;
  /** Queues that the source takes from. */
  consumers: number;
  config: Pick<BusConfig, "topics" | "deadLetters" | "policy">;
}

/** Puts the response together. It is a 200 where `healthy` says so, else a 503. */
export function health({ breakers, notTaking, busOpen, totals, consumers, config }: HealthFacts): Health {
  const open = breakers.filter(({ state }) => state === "OPEN").map(({ name }) => name);
  const cluster = breakers.find(({ name }) => name === CLUSTER);
  const ping = busOpen && (cluster?.failureCount ?? 0) === 0;
  const adapterHealthy = busOpen && cluster?.state !== "OPEN";
  return {
    circuit_breakers: Object.fromEntries(breakers.map((view) => [view.name, statusOf(view)])),
    open_circuits: open,
    open_circuits_count: open.length,
    adapter: {
      healthy: adapterHealthy,
      details: {
        ping_successful: ping,
        producer_started: busOpen,
        messages_sent: totals.delivered + totals.dead_lettered,
        messages_received: totals.taken + totals.redelivered,
        active_consumers: notTaking === undefined ? consumers : 0,
      },
    },
    healthy: adapterHealthy && open.length === 0 && notTaking === undefined,
    config: {
      dlq_enabled: config.deadLetters,
      // Cannot be switched off: what is no envelope never goes to a topic of events.
      validation_enabled: true,
      critical_channels: config.policy.criticalTopics,
      total_channels_monitored: allTopics(config.topics).length,
    },
  };
}
