/** Reports of rounds, as the pipeline makes them. */
import type { Counter, Fate } from "../../../../relay/state/counters.ts";
import type { RoundReport } from "../../../../relay/service/telemetry/observer.ts";

/** A trace id that ends in a number. */
export const traceId = (n: number): string => `0af7651916cd43dd8448eb21${String(n).padStart(8, "0")}`;

/** A counter; an exposure of tenant t1 on the home page where nothing else is given. */
export const counter = (fate: Fate, n: number, given: Partial<Counter> = {}): Counter => ({
  tenant_id: "t1",
  surface: "home",
  event_type: "exposure",
  ...given,
  fate,
  n,
});

/** A round of two exposures that took 100 ms, 60 of them on the bus. */
export const round = (given: Partial<RoundReport> = {}): RoundReport => ({
  startedAt: 1_000_000,
  publishedFrom: 1_000_020,
  publishedAt: 1_000_080,
  settledAt: 1_000_100,
  records: [{ topic: "rec.exposure.recorded.v1", count: 2, bytes: 900 }],
  settled: [counter("delivered", 2)],
  oldest: [{ queue: "sightline-events", sentAt: new Date(998_100).toISOString() }],
  traceIds: [traceId(1), traceId(2)],
  examples: [{ tenant_id: "t1", surface: "home", event_type: "exposure", fate: "delivered", trace_id: traceId(1) }],
  deferred: [],
  duplicateAges: [],
  ...given,
});
