/** Metrics of rounds: how long, how much, how late. */
import { Counter, Gauge, Histogram, type OpenMetricsContentType, type Registry } from "prom-client";
import type { Observer } from "./observer.ts";

/** Seconds; the first bound a local disk, the last a broker in trouble. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Seconds: a second, a minute, an hour, a day, a week, the window. A duplicate older than an hour is a late one. */
const AGES = [1, 60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400, 14 * 86_400, 35 * 86_400];
const AGE_HELP = "How long before a duplicate its original was first seen";

/** Makes the metrics. */
export function roundMetrics(registry: Registry<OpenMetricsContentType>): Required<Observer> {
  const registers = [registry];
  const time = (name: string, help: string) => new Histogram({ name, help, buckets: SECONDS, enableExemplars: true, registers });
  const publish = time("sightline_publish_seconds", "From handing a batch to the bus until it was confirmed");
  const whole = time("sightline_round_seconds", "A round, from its decoding until it was settled");
  const records = new Counter({
    name: "sightline_records_total",
    help: "Records published since the start, dead letters included",
    labelNames: ["topic"],
    registers,
  });
  const bytes = new Counter({
    name: "sightline_record_bytes_total",
    help: "Bytes of these",
    labelNames: ["topic"],
    registers,
  });
  const failed = new Counter({ name: "sightline_failed_rounds_total", help: "Rounds given back to the queue", registers });
  const lag = new Gauge({
    name: "sightline_queue_lag_seconds",
    help: "Age of the oldest message in a queue's last round, when that was settled",
    labelNames: ["queue"],
    registers,
  });
  const settledAt = new Gauge({
    name: "sightline_last_settled_timestamp_seconds",
    help: "When a round with messages of the queue was last settled",
    labelNames: ["queue"],
    registers,
  });
  const age = new Histogram({ name: "sightline_duplicate_age_seconds", help: AGE_HELP, buckets: AGES, registers });

  return {
    onRound(report) {
      const trace_id = report.traceIds[0];
      const exemplar = trace_id === undefined ? {} : { exemplarLabels: { trace_id } };
      whole.observe({ value: seconds(report.settledAt - report.startedAt), ...exemplar });
      if (report.records.length > 0) {
        publish.observe({ value: seconds(report.publishedAt - report.publishedFrom), ...exemplar });
      }
      for (const { topic, count, bytes: size } of report.records) {
        records.inc({ topic }, count);
        bytes.inc({ topic }, size);
      }
      for (const { queue, sentAt } of report.oldest) {
        // A queue's clock may be ahead of this machine's.
        lag.set({ queue }, Math.max(0, seconds(report.settledAt - Date.parse(sentAt))));
        settledAt.set({ queue }, seconds(report.settledAt));
      }
      for (const ms of report.duplicateAges) age.observe(Math.max(0, seconds(ms)));
    },
    onFailedRound: () => failed.inc(),
  };
}

function seconds(ms: number): number {
  return ms / 1000;
}
