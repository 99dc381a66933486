/** Metrics of what the relay is now: its breakers, its store, whether it takes. */
import { Counter, Gauge, type OpenMetricsContentType, type Registry } from "prom-client";
import type { BreakerState, BreakerView } from "../../bus/policy/breakers.ts";

const LEVELS: Record<BreakerState, number> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 };

interface StateOptions {
  registry: Registry<OpenMetricsContentType>;
  breakers: () => BreakerView[];
  /** Why nothing is taken; undefined while the relay takes. */
  notTaking: () => string | undefined;
  /** How long the bus has made the relay wait, milliseconds; undefined where it does not tell. */
  throttledMs: () => number | undefined;
  /** Keys that the store remembers; undefined where it cannot be read. */
  keys: () => number | undefined;
}

/** Makes the metrics. */
export function stateMetrics({ registry, breakers, notTaking, throttledMs, keys }: StateOptions) {
  const registers = [registry];
  const breaker = new Gauge({
    name: "sightline_breaker_state",
    help: "0 closed, 1 half-open, 2 open; cluster is that of the whole bus, the others are of one topic",
    labelNames: ["name"],
    registers,
  });
  const denied = new Gauge({
    name: "sightline_bus_denied",
    help: "1 for each right on the bus that is missing, in words; its events wait",
    labelNames: ["right"],
    registers,
  });
  const throttled = new Gauge({
    name: "sightline_bus_throttled_seconds",
    help: "How long the bus has made the relay wait since it started, as quotas do",
    registers,
  });
  const labelNames = ["name", "state"];
  const transitions = new Counter({
    name: "sightline_breaker_transitions_total",
    help: "How often a breaker came into a state",
    labelNames,
    registers,
  });
  const at = new Gauge({
    name: "sightline_breaker_transition_timestamp_seconds",
    help: "When a breaker last came into a state",
    labelNames,
    registers,
  });
  const taking = new Gauge({
    name: "sightline_taking",
    help: "1 while the relay takes from its source, 0 while the queue has to keep the events",
    registers,
  });
  const size = new Gauge({ name: "sightline_dedup_keys", help: "Keys that the store remembers", registers });
  const readable = new Gauge({ name: "sightline_store_readable", help: "0 where the store cannot be read", registers });

  return {
    onTransition(name: string, state: BreakerState): void {
      transitions.inc({ name, state });
      at.set({ name, state }, Date.now() / 1000);
    },
    /** Brings the metrics up to date; `storeRead` says whether the store could be read. */
    refresh(storeRead: boolean): void {
      denied.reset();
      for (const { name, state, denied: rights } of breakers()) {
        breaker.set({ name }, LEVELS[state]);
        for (const right of rights) denied.set({ right }, 1);
      }
      throttled.set((throttledMs() ?? 0) / 1000);
      taking.set(notTaking() === undefined ? 1 : 0);
      readable.set(storeRead ? 1 : 0);
      const n = storeRead ? keys() : undefined;
      if (n !== undefined) size.set(n);
    },
  };
}
