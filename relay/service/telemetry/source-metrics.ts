/** Metrics of the queues that are pulled; of those that push, Cloudflare tells. */
import { Counter, Gauge, type OpenMetricsContentType, type Registry } from "prom-client";
import type { QueueReport } from "../source/pull.ts";

const COUNTERS = {
  pulled: "Messages pulled since the start",
  acked: "Messages acked since the start",
  retried: "Messages given back for a later delivery since the start",
  possible_duplicates: "Messages whose ack the queue warned about: each may come again",
  untold: "Messages whose verdict the queue could not be told: they come again",
} as const;

/** Makes the metrics, and returns what brings them up to date. */
export function sourceMetrics(registry: Registry<OpenMetricsContentType>, report: () => QueueReport[]): () => void {
  const common = { labelNames: ["queue"], registers: [registry] };
  const counters = Object.entries(COUNTERS).map(([field, help]) => {
    const counter = new Counter({ name: `sightline_queue_${field}_total`, help, ...common });
    return { field: field as keyof typeof COUNTERS, counter };
  });
  const backlog = new Gauge({ name: "sightline_queue_backlog", help: "Messages that wait, by the last pull", ...common });
  const trouble = new Gauge({ name: "sightline_queue_trouble", help: "1 while the queue cannot be pulled", ...common });
  return () => {
    const queues = report();
    for (const { field, counter } of counters) {
      counter.reset();
      for (const queue of queues) counter.inc({ queue: queue.name }, queue[field]);
    }
    // A queue that was not named yet had its id for a name.
    backlog.reset();
    trouble.reset();
    for (const { name: queue, ...row } of queues) {
      if (row.backlog !== undefined) backlog.set({ queue }, row.backlog);
      trouble.set({ queue }, row.trouble === undefined ? 0 : 1);
    }
  };
}
