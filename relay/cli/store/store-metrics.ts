/** Metrics of a running store, in Prometheus' text format. Counters begin at 0 with the process. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { Counts, Standing } from "../../stores/group/standing.ts";

const COUNTERS: Readonly<Record<keyof Counts, readonly [name: string, help: string]>> = {
  taken: ["taken_total", "Records that the bus handed over"],
  stored: ["rows_total", "Events that were stored, and were not there yet"],
  duplicates: ["duplicates_total", "Events that were there already; always 0 of the Parquet store, which does not look"],
  refused: ["dead_letters_total", "Records that cannot be stored: in the dead letters, or passed over without ENABLE_DLQ"],
  files: ["files_total", "Parquet files that were put into the archive; always 0 of the Postgres store"],
  retries: ["retries_total", "Failures of the bus, the store or upkeep after which it was tried again"],
};

/** Makes what writes them of how the store stands. */
export function createStoreMetrics(store: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ store });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counters = Object.entries(COUNTERS).map(([key, [name, help]]) => {
    return { key: key as keyof Counts, counter: new Counter({ name: `sightline_tables_${name}`, help, registers }) };
  });
  const gauge = (name: string, help: string) => new Gauge({ name: `sightline_tables_${name}`, help, registers });
  const healthy = gauge("healthy", "1: it is a member of its group, and nothing is at fault; else 0");
  const lag = gauge("lag_records", "Records of its own partitions that are not stored yet; NaN where the bus cannot tell");
  const at = gauge("last_stored_timestamp_seconds", "When events were stored last; the start of the process before the first");
  const began = Date.now() / 1_000;
  return async (standing: Standing): Promise<{ contentType: string; text: string }> => {
    for (const { key, counter } of counters) {
      counter.reset();
      counter.inc(standing[key]);
    }
    healthy.set(standing.healthy ? 1 : 0);
    lag.set(standing.lag ?? Number.NaN);
    at.set(standing.stored_at === undefined ? began : Date.parse(standing.stored_at) / 1_000);
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}
