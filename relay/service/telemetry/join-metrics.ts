/** Metrics of the join, as the live view makes it; there are none where LIVE_VIEW is off, since then nobody joins. */
import { Gauge, type OpenMetricsContentType, type Registry } from "prom-client";

/** Outcomes that are old enough to be judged, and those of them that are joined. */
export interface Joins {
  outcomes: number;
  joined: number;
}

/** Makes the metrics, and returns what brings them up to date. */
export function joinMetrics(registry: Registry<OpenMetricsContentType>, read: () => Joins): () => void {
  const registers = [registry];
  const rate = new Gauge({
    name: "sightline_join_rate",
    help: "Share of the outcomes of sightline_join_outcomes that are joined to an exposure; NaN without an outcome",
    registers,
  });
  const outcomes = new Gauge({
    name: "sightline_join_outcomes",
    help: "Outcomes that the bus had between 30 and 10 minutes ago: their exposures had time to arrive",
    registers,
  });
  return () => {
    const joins = read();
    outcomes.set(joins.outcomes);
    rate.set(joins.outcomes === 0 ? Number.NaN : joins.joined / joins.outcomes);
  };
}
