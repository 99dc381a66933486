/** All metrics of the relay, in the two text formats that scrapers ask for. */
import { collectDefaultMetrics, type OpenMetricsContentType, Registry } from "prom-client";
import type { Counter } from "../../state/counters.ts";
import type { BreakerState, BreakerView } from "../../bus/policy/breakers.ts";
import type { Observer } from "./observer.ts";
import type { QueueReport } from "../source/pull.ts";
import { conservationMetrics } from "./conservation-metrics.ts";
import { joinMetrics, type Joins } from "./join-metrics.ts";
import { roundMetrics } from "./round-metrics.ts";
import { sourceMetrics } from "./source-metrics.ts";
import { stateMetrics } from "./state-metrics.ts";

interface MetricsOptions {
  counters: () => Counter[];
  breakers: () => BreakerView[];
  notTaking: () => string | undefined;
  throttledMs: () => number | undefined;
  keys: () => number | undefined;
  /** What became of the queues that are pulled; none where none is. */
  queues: () => QueueReport[];
  /** Tenants that the conservation counters tell apart. */
  tenants: ReadonlySet<string>;
}

/** The relay's metrics. */
export interface Metrics {
  readonly observer: Required<Observer>;
  onTransition(name: string, state: BreakerState): void;
  /** Shows what the live view joins, from now on. */
  watchJoins(joins: () => Joins): void;
  /** The response to a scrape: OpenMetrics, with exemplars, where `accept` names it, else Prometheus' older text format. */
  scrape(accept: string): Promise<{ contentType: string; text: string }>;
}

/** Makes the metrics. */
export function createMetrics({ counters, breakers, notTaking, throttledMs, keys, queues, tenants }: MetricsOptions): Metrics {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  const conservation = conservationMetrics({ registry, counters, tenants });
  const rounds = roundMetrics(registry);
  const state = stateMetrics({ registry, breakers, notTaking, throttledMs, keys });
  const refreshQueues = sourceMetrics(registry, queues);
  let refreshJoins: (() => void) | undefined;

  const refresh = (): void => {
    refreshQueues();
    refreshJoins?.();
    try {
      conservation.refresh();
      state.refresh(true);
    } catch {
      // The other metrics are all the more wanted now; the relay itself says in its log what is wrong with the store.
      state.refresh(false);
    }
  };
  // What was counted before this start is not what the next trace is an example of.
  conservation.refresh();

  return {
    observer: {
      onRound(report) {
        conservation.onRound(report);
        rounds.onRound(report);
      },
      onFailedRound: rounds.onFailedRound,
    },
    onTransition: state.onTransition,
    watchJoins: (joins) => void (refreshJoins = joinMetrics(registry, joins)),
    async scrape(accept) {
      refresh();
      const text = await registry.metrics();
      return accept.includes("application/openmetrics-text")
        ? { contentType: Registry.OPENMETRICS_CONTENT_TYPE, text }
        : { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: olderFormat(text) };
    },
  };
}

/**
 * Prometheus' text format 0.0.4 from OpenMetrics: the names of counters carry their ending in the headers too, and there are no
 * exemplars. One registry cannot write both.
 */
function olderFormat(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
  const lines = text.split("\n").flatMap((line) => {
    if (line === "# EOF") return [];
    const [, head, name = "", rest] = /^(# (?:HELP|TYPE)) (\S+)(.*)$/.exec(line) ?? [];
    if (head) return [`${head} ${name}${counters.has(name) ? "_total" : ""}${rest}`];
    return [line.replace(/ # \{[^{}]*\} \S+ \S+$/, "")];
  });
  return lines.join("\n");
}
