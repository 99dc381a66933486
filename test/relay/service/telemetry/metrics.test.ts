import { describe, expect, test } from "vitest";
import type { Counter } from "../../../../relay/state/counters.ts";
import type { BreakerView } from "../../../../relay/bus/policy/breakers.ts";
import type { QueueReport } from "../../../../relay/service/source/pull.ts";
import { createMetrics } from "../../../../relay/service/telemetry/metrics.ts";
import { counter, round, traceId } from "./rounds.ts";

const OPEN_METRICS = "application/openmetrics-text;version=1.0.0";

/** Metrics over counters, breakers and queues that a test changes as it goes. */
const stage = (tenants: string[] = []) => {
  const state = {
    counters: [] as Counter[],
    breakers: [] as BreakerView[],
    notTaking: undefined as string | undefined,
    queues: [] as QueueReport[],
    keys: 0,
    throttledMs: undefined as number | undefined,
  };
  const make = () =>
    createMetrics({
      counters: () => state.counters,
      breakers: () => state.breakers,
      notTaking: () => state.notTaking,
      queues: () => state.queues,
      keys: () => state.keys,
      throttledMs: () => state.throttledMs,
      tenants: new Set(tenants),
    });
  return { state, make };
};
/** The lines of a scrape that begin so, without their comments. */
const lines = async (metrics: ReturnType<ReturnType<typeof stage>["make"]>, name: string, accept = OPEN_METRICS) =>
  (await metrics.scrape(accept)).text.split("\n").filter((line) => line.startsWith(name) && !line.startsWith("#"));
const breaker = (name: string, state: BreakerView["state"]): BreakerView => ({
  name,
  state,
  failureCount: 0,
  consecutiveSuccesses: 0,
  totalFailures: 0,
  totalSuccess: 0,
  lastFailureTime: undefined,
  denied: [],
});

describe("the conservation counters", () => {
  test("are those of the store, so a restart does not zero them", async () => {
    const { state, make } = stage();
    state.counters = [
      counter("taken", 9),
      counter("delivered", 5),
      counter("duplicate", 1),
      counter("dead_lettered:event_id_conflict", 2),
    ];
    for (const metrics of [make(), make()]) {
      expect(await lines(metrics, "sightline_taken_total")).toEqual(['sightline_taken_total{event_type="exposure"} 9']);
      expect(await lines(metrics, "event_processed_total")).toEqual([
        'event_processed_total{event_type="exposure",fate="delivered"} 5',
        'event_processed_total{event_type="exposure",fate="duplicate"} 1',
      ]);
      expect(await lines(metrics, "event_failed_total")).toEqual([
        'event_failed_total{event_type="exposure",cause="event_id_conflict"} 2',
      ]);
      expect(await lines(metrics, "sightline_held")).toEqual(["sightline_held 1"]);
    }
  });

  test("carry the trace id of an event that was counted since the last scrape, and no other", async () => {
    const { state, make } = stage();
    state.counters = [counter("delivered", 5)];
    const metrics = make();
    state.counters = [counter("delivered", 7), counter("dead_lettered:record_too_large", 1)];
    const failed = { ...counter("dead_lettered:record_too_large", 1), trace_id: traceId(9) };
    metrics.observer.onRound(round({ examples: [{ ...counter("delivered", 2), trace_id: traceId(1) }, failed] }));
    const [processed] = await lines(metrics, "event_processed_total");
    expect(processed).toMatch(new RegExp(`\\} 7 # \\{trace_id="${traceId(1)}"\\} 2 [\\d.]+$`));
    expect((await lines(metrics, "event_failed_total"))[0]).toContain(`# {trace_id="${traceId(9)}"} 1 `);
    state.counters = [counter("delivered", 8)];
    expect((await lines(metrics, "event_processed_total"))[0]).toContain(`} 8 # {trace_id="${traceId(1)}"} 2 `);
  });

  test("add up surfaces, and tell apart only the tenants that were named", async () => {
    const { state, make } = stage(["t1"]);
    state.counters = [
      counter("delivered", 1),
      counter("delivered", 2, { surface: "cart" }),
      counter("delivered", 4, { tenant_id: "t2" }),
      counter("delivered", 8, { tenant_id: "t3" }),
    ];
    expect(await lines(make(), "event_processed_total")).toEqual([
      'event_processed_total{event_type="exposure",fate="delivered",tenant="t1"} 3',
      'event_processed_total{event_type="exposure",fate="delivered",tenant="other"} 12',
    ]);
  });

  test("stay as they were where the store cannot be read, and a gauge says so", async () => {
    const { state, make } = stage();
    state.counters = [counter("delivered", 5)];
    const metrics = make();
    expect(await lines(metrics, "sightline_store_readable")).toEqual(["sightline_store_readable 1"]);
    Object.defineProperty(state, "counters", {
      get() {
        throw new Error("disk I/O error");
      },
    });
    expect(await lines(metrics, "event_processed_total")).toEqual([
      'event_processed_total{event_type="exposure",fate="delivered"} 5',
    ]);
    expect(await lines(metrics, "sightline_store_readable")).toEqual(["sightline_store_readable 0"]);
  });
});

describe("the metrics of rounds", () => {
  test("tell how long the bus took, with a trace of that round", async () => {
    const metrics = stage().make();
    metrics.observer.onRound(round());
    const publish = await lines(metrics, "sightline_publish_seconds");
    expect(publish).toContain("sightline_publish_seconds_sum 0.06");
    expect(publish.find((line) => line.includes('le="0.05"'))).toMatch(/ 0$/);
    expect(publish.find((line) => line.includes('le="0.1"'))).toMatch(new RegExp(` 1 # \\{trace_id="${traceId(1)}"\\} 0\\.06 `));
  });

  test("do not count a round that had nothing to publish as a publish", async () => {
    const metrics = stage().make();
    metrics.observer.onRound(round({ records: [] }));
    expect(await lines(metrics, "sightline_publish_seconds_count")).toEqual(["sightline_publish_seconds_count 0"]);
    expect(await lines(metrics, "sightline_round_seconds_count")).toEqual(["sightline_round_seconds_count 1"]);
  });

  test("tell a queue's lag by its oldest message, never less than nothing", async () => {
    const metrics = stage().make();
    const ahead = { queue: "ahead", sentAt: new Date(2_000_000).toISOString() };
    metrics.observer.onRound(round({ oldest: [...round().oldest, ahead] }));
    expect(await lines(metrics, "sightline_queue_lag_seconds")).toEqual([
      'sightline_queue_lag_seconds{queue="sightline-events"} 2',
      'sightline_queue_lag_seconds{queue="ahead"} 0',
    ]);
  });

  test("tell how old the originals of duplicates were, so that late ones show", async () => {
    const metrics = stage().make();
    metrics.observer.onRound(round({ duplicateAges: [500, 7_200_000] }));
    const ages = await lines(metrics, "sightline_duplicate_age_seconds_bucket");
    expect(ages.find((line) => line.includes('le="3600"'))).toMatch(/ 1$/);
    expect(ages.find((line) => line.includes('le="21600"'))).toMatch(/ 2$/);
  });

  test("count the rounds that failed", async () => {
    const metrics = stage().make();
    metrics.observer.onFailedRound({ startedAt: 0, failedAt: 5, reason: "the bus is down", queues: ["sightline-events"] });
    expect(await lines(metrics, "sightline_failed_rounds_total")).toEqual(["sightline_failed_rounds_total 1"]);
  });
});

describe("the metrics of state", () => {
  test("show each breaker, and when it came into which state", async () => {
    const { state, make } = stage();
    const metrics = make();
    for (const [name, breakerState] of [
      ["cluster", "OPEN"],
      ["cluster", "HALF_OPEN"],
    ] as const)
      metrics.onTransition(name, breakerState);
    state.breakers = [breaker("cluster", "HALF_OPEN"), breaker("rec.exposure.recorded.v1", "OPEN"), breaker("other", "CLOSED")];
    expect(await lines(metrics, "sightline_breaker_state")).toEqual([
      'sightline_breaker_state{name="cluster"} 1',
      'sightline_breaker_state{name="rec.exposure.recorded.v1"} 2',
      'sightline_breaker_state{name="other"} 0',
    ]);
    expect(await lines(metrics, "sightline_breaker_transitions_total")).toEqual([
      'sightline_breaker_transitions_total{name="cluster",state="OPEN"} 1',
      'sightline_breaker_transitions_total{name="cluster",state="HALF_OPEN"} 1',
    ]);
    const at = await lines(metrics, "sightline_breaker_transition_timestamp_seconds");
    const [open = 0, half = 0] = at.map((line) => Number(line.split(" ").at(-1)));
    expect(open).toBeGreaterThan(1_700_000_000);
    expect(half).toBeGreaterThanOrEqual(open);
  });

  test("say whether the relay takes, and how many keys it remembers", async () => {
    const { state, make } = stage();
    const metrics = make();
    state.keys = 12;
    expect(await lines(metrics, "sightline_taking")).toEqual(["sightline_taking 1"]);
    state.notTaking = "the bus is down";
    expect(await lines(metrics, "sightline_taking")).toEqual(["sightline_taking 0"]);
    expect(await lines(metrics, "sightline_dedup_keys")).toEqual(["sightline_dedup_keys 12"]);
  });

  test("show what became of each queue that is pulled, under its name once that is known", async () => {
    const { state, make } = stage();
    const metrics = make();
    const queue = { id: "a1", name: "a1", pulled: 5, acked: 3, retried: 1, possible_duplicates: 1, untold: 0 };
    state.queues = [{ ...queue, backlog: 40, trouble: undefined }];
    expect(await lines(metrics, "sightline_queue_possible_duplicates_total")).toEqual([
      'sightline_queue_possible_duplicates_total{queue="a1"} 1',
    ]);
    state.queues = [{ ...queue, name: "sightline-events", backlog: 41, trouble: "401" }];
    expect(await lines(metrics, "sightline_queue_backlog")).toEqual(['sightline_queue_backlog{queue="sightline-events"} 41']);
    expect(await lines(metrics, "sightline_queue_trouble")).toEqual(['sightline_queue_trouble{queue="sightline-events"} 1']);
    expect(await lines(metrics, "sightline_queue_pulled_total")).toEqual([
      'sightline_queue_pulled_total{queue="sightline-events"} 5',
    ]);
  });
});

describe("a scrape", () => {
  test("is OpenMetrics where that is asked for, and else the older text, without exemplars and with whole names", async () => {
    const { state, make } = stage();
    const metrics = make();
    state.counters = [counter("delivered", 2)];
    metrics.observer.onRound(round());
    const newer = await metrics.scrape(`${OPEN_METRICS};q=0.5,text/plain;q=0.2`);
    expect(newer.contentType).toContain("application/openmetrics-text");
    expect(newer.text).toContain("# TYPE event_processed counter\n");
    expect(newer.text).toMatch(/\n# EOF\n$/);
    const older = await metrics.scrape("*/*");
    expect(older.contentType).toContain("text/plain; version=0.0.4");
    expect(older.text).toContain("# TYPE event_processed_total counter\n");
    expect(older.text).toContain('event_processed_total{event_type="exposure",fate="delivered"} 2\n');
    expect(older.text).toMatch(/# TYPE sightline_publish_seconds histogram\n/);
    expect(older.text).not.toMatch(/trace_id|EOF/);
  });
});
