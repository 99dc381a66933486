/**
 * The conservation counters as metrics. They come from the store at each scrape, so a restart does not zero them and no crash makes them
 * wrong; what is kept here is only which trace to look at.
 */
import { Counter as Metric, Gauge, type OpenMetricsContentType, type Registry } from "prom-client";
import { type Counter, totals } from "../../state/counters.ts";
import type { RoundReport } from "./observer.ts";

/** Metric of each fate, and the label beside `event_type` that tells fates of one metric apart. */
const METRICS = {
  taken: ["sightline_taken_total", "Envelopes of messages that the relay had not taken before"],
  delivered: [
    "event_processed_total",
    "Envelopes that came to a good end: delivered, or a duplicate of what is on the bus",
    "fate",
  ],
  duplicate: ["event_processed_total", "", "fate"],
  dead_lettered: ["event_failed_total", "Envelopes in the dead letters, by cause", "cause"],
  redelivered: ["sightline_redelivered_total", "Envelopes that the queue delivered again after they were settled"],
  collapsed: ["sightline_collapsed_total", "Copies within one request, dropped by the collector"],
  from_dead_letter_queue: ["sightline_from_dead_letter_queue_total", "Envelopes taken that came by way of a dead-letter queue"],
} as const satisfies Record<string, readonly [name: string, help: string, label?: "fate" | "cause"]>;

interface ConservationOptions {
  registry: Registry<OpenMetricsContentType>;
  /** The store's counters. */
  counters: () => Counter[];
  /** Tenants that are told apart; all others are `other`. None: no label of the tenant. */
  tenants: ReadonlySet<string>;
}

/** Makes the metrics. */
export function conservationMetrics({ registry, counters, tenants }: ConservationOptions) {
  const metrics = new Map<string, Metric>();
  for (const [name, help, label] of Object.values(METRICS) as (readonly [string, string, string?])[]) {
    if (metrics.has(name)) continue;
    const labelNames = ["event_type", ...(label ? [label] : []), ...(tenants.size > 0 ? ["tenant"] : [])];
    metrics.set(name, new Metric({ name, help, labelNames, enableExemplars: true, registers: [registry] }));
  }
  const held = new Gauge({ name: "sightline_held", help: "Envelopes taken and not settled yet", registers: [registry] });
  const shown = new Map<string, number>();
  const traces = new Map<string, string>();

  const refresh = (): void => {
    const rows = counters();
    held.set(totals(rows).held);
    for (const [series, n] of addUp(rows, tenants)) {
      const more = n - (shown.get(series) ?? 0);
      if (more <= 0) continue;
      const { name, labels } = JSON.parse(series) as Series;
      const trace_id = traces.get(series);
      metrics.get(name)?.inc({ labels, value: more, ...(trace_id === undefined ? {} : { exemplarLabels: { trace_id } }) });
      shown.set(series, n);
    }
    traces.clear();
  };
  return {
    /** Brings the metrics up to the store. Throws as the store does. */
    refresh,
    /** Remembers a trace of each kind for the next scrape. */
    onRound({ examples }: RoundReport): void {
      for (const example of examples) traces.set(seriesOf(example, tenants), example.trace_id);
    },
  };
}

interface Series {
  name: string;
  labels: Record<string, string>;
}

/** The metric and the labels of a counter, as one text. Surfaces, and tenants that are not told apart, share one. */
function seriesOf({ event_type, fate, tenant_id }: Omit<Counter, "n">, tenants: ReadonlySet<string>): string {
  const [kind = "", cause = ""] = fate.split(":", 2);
  const [name, , label] = METRICS[kind as keyof typeof METRICS] as readonly [string, string, string?];
  const labels: Series["labels"] = {
    event_type,
    ...(label ? { [label]: label === "cause" ? cause : kind } : {}),
    ...(tenants.size > 0 ? { tenant: tenants.has(tenant_id) ? tenant_id : "other" } : {}),
  };
  return JSON.stringify({ name, labels } satisfies Series);
}

function addUp(rows: Counter[], tenants: ReadonlySet<string>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const series = seriesOf(row, tenants);
    sums.set(series, (sums.get(series) ?? 0) + row.n);
  }
  return sums;
}
