import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { createJoiner } from "../../../../relay/analysis/joiner.ts";
import type { Envelope } from "../../../../worker/src/envelope/envelope.ts";
import { recordOf } from "../../analysis/fill-sources.ts";
import { goldenFigures, goldenLog, goldenReport } from "../../analysis/golden-log.ts";
import { envelope, type Made } from "./envelopes.ts";
import { storeStage } from "./stage.ts";

const postgres = inject("postgres");
const missing = "missing" in postgres ? postgres.missing : undefined;
const EXPERIMENT = "0196f3a2-1b7c-7c3e-9f00-00000000000a";
const VARIANTS = ["0196f3a2-1b7c-7c3e-9f00-00000000000b", "0196f3a2-1b7c-7c3e-9f00-00000000000c"];

const POSITIONS = `SELECT x.position, x.exposures, coalesce(c.clicks, 0) AS clicks FROM (SELECT position, count(*)::int AS exposures FROM exp.exposures GROUP BY 1) AS x
  LEFT JOIN (SELECT position, count(*)::int AS clicks FROM exp.attributed WHERE joined AND event_type = 'click' GROUP BY 1) AS c USING (position) ORDER BY 1`;

/** Events among few units, requests, items and placements, so that they meet in every way; the same at each run. */
function log(n: number): Made[] {
  let state = 42;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % below;
  };
  return Array.from({ length: n }, (_, i): Made => {
    const type = ["exposure", "exposure", "click", "purchase", "meal_swapped", "decision"][next(6)]!;
    const request_id = next(8) === 0 && type !== "exposure" ? undefined : `request-${next(12)}`;
    const item = () => ({
      item_id: `i${next(4)}`,
      position: 1 + next(3),
      ...(next(2) ? { placement: `p${next(2)}` } : {}),
      propensity: 0.5,
    });
    const isList = type === "exposure" || type === "decision";
    const what = isList ? { items: Array.from({ length: 1 + next(3) }, item) } : { item_id: next(9) ? `i${next(4)}` : undefined };
    const timestamp = new Date(Date.now() - 60_000 + i).toISOString();
    const unit = { unit_type: "user", unit_id: `u${next(3)}` };
    const experiments = [{ experiment_id: EXPERIMENT, variant_id: VARIANTS[next(2)]! }];
    const payload = {
      ...unit,
      timestamp,
      ...(request_id ? { request_id } : {}),
      surface: next(5) ? "home" : "search",
      experiments,
      ...what,
    };
    return {
      id: `view-${String(i).padStart(8, "0")}`,
      event_type: type,
      payload,
      metadata: { tenant_id: next(4) ? "shop" : "other" },
    };
  });
}

describe.skipIf(missing !== undefined)(`views of the Postgres store${missing === undefined ? "" : `: ${missing}`}`, () => {
  let stage: Awaited<ReturnType<typeof storeStage>>;
  beforeEach(async () => void (stage = await storeStage("url" in postgres ? postgres.url : "")));
  afterEach(() => stage.end());

  test("count what sightline verify counts, of a log in which everything meets everything", async () => {
    const made = log(900);
    const joiner = createJoiner();
    for (const one of made) joiner.add(JSON.parse(JSON.stringify(envelope(one))) as Envelope);
    const figures = joiner.figures();
    expect(figures.joined).toBeGreaterThan(100);
    expect(figures.orphans).toBeGreaterThan(100);
    await stage.publish(...made);
    expect(await stage.store()).toMatchObject({ stored: 900, refused: 0 });
    const [counted] = await stage.query(
      `SELECT (SELECT count(*)::int FROM exp.exposures) AS exposures, count(*) FILTER (WHERE joined)::int AS joined, count(*) FILTER (WHERE NOT joined)::int AS orphans,
         count(*)::int = count(DISTINCT (tenant_id, key_kind, event_id))::int AS once FROM exp.attributed`,
    );
    const { exposures, joined, orphans } = figures;
    expect(counted).toEqual({ exposures, joined, orphans, once: true });
    const positions = await stage.query(POSITIONS);
    const expected = Object.entries(figures.by_position).map(([position, of]) => ({
      position: Number(position),
      exposures: of.exposures,
      clicks: of.clicks,
    }));
    expect(positions).toEqual(expected);
  });

  test("give the figures of the golden log", async () => {
    await stage.publish(...goldenLog.map((one, n) => ({ ...recordOf(one), headers: { event_id: String(n) } })));
    expect(await stage.store({ RETENTION_DAYS: "36500" })).toMatchObject({ refused: 0 });
    const [found] = await stage.query(
      `SELECT (SELECT count(*)::int FROM exp.exposures) AS exposures, (SELECT jsonb_object_agg(basis, n) FROM (SELECT basis, count(*) AS n FROM exp.exposures GROUP BY 1) AS b) AS exposures_by_basis,
         count(*) FILTER (WHERE joined)::int AS joined, count(*) FILTER (WHERE NOT joined)::int AS orphans, count(*) FILTER (WHERE request_id IS NULL)::int AS missing_request_id,
         count(*) FILTER (WHERE item_id IS NULL)::int AS missing_item_id, (extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY delay)) * 1000)::int AS p50,
         count(*) FILTER (WHERE delay < '0')::int AS outcomes_before_exposure, (SELECT count(*)::int FROM exp.rejects) AS rejects
       FROM exp.attributed`,
    );
    const { exposures, joined, orphans, exposures_by_basis, missing_request_id, missing_item_id, clock, rejected } = goldenReport;
    expect(found).toEqual({
      exposures,
      joined,
      orphans,
      exposures_by_basis,
      missing_request_id,
      missing_item_id,
      p50: goldenReport.exposure_to_outcome_ms.p50,
      outcomes_before_exposure: clock.outcomes_before_exposure,
      rejects: rejected.empty_items + rejected.invalid_field,
    });
    const positions = await stage.query(POSITIONS);
    const expected = Object.entries(goldenFigures.by_position).map(([n, of]) => [Number(n), of.exposures, of.clicks]);
    expect(positions.map(({ position, exposures: n, clicks }) => [position, n, clicks])).toEqual(expected);
    const variants = await stage.query(
      `SELECT e.variant_id, count(*)::int AS clicks FROM exp.attributed, jsonb_to_recordset(experiments) AS e(variant_id text)
       WHERE joined AND event_type = 'click' GROUP BY 1 ORDER BY 1`,
    );
    expect(variants).toEqual(goldenReport.by_variant.map(({ variant_id, clicks }) => ({ variant_id, clicks })));
  });

  test("tell of an outcome its exposure, position, propensity, experiment and delay, and of one without that it has none", async () => {
    const request = { request_id: "told-request", surface: "home" };
    const from = Date.now() - 60_000;
    const at = (ms: number) => ({ timestamp: new Date(from + ms).toISOString().replace("Z", "321Z") });
    const experiments = [{ experiment_id: EXPERIMENT, variant_id: VARIANTS[0] }];
    const items = [{ item_id: "a", position: 3, propensity: 0.045525, basis: "viewable" }];
    await stage.publish(
      { id: "told-exposure-1", event_type: "exposure", payload: { ...request, ...at(0), items, experiments } },
      {
        id: "told-exposure-2",
        event_type: "exposure",
        payload: { ...request, ...at(10), items: [{ ...items[0], placement: "again" }] },
      },
      { id: "told-click-01", event_type: "click", payload: { ...request, ...at(1_500), item_id: "a", experiments: [] } },
      { id: "told-click-02", event_type: "click", payload: { ...request, ...at(1_500), item_id: "b" } },
    );
    await stage.store();
    const rows = await stage.query(
      "SELECT event_id, joined, exposure_event_id, position, propensity, experiments, delay::text, basis FROM exp.attributed WHERE request_id = 'told-request' ORDER BY event_id",
    );
    expect(rows).toEqual([
      {
        event_id: "told-click-01",
        joined: true,
        exposure_event_id: "told-exposure-1",
        position: 3,
        propensity: 0.045525,
        experiments,
        delay: "00:00:01.5",
        basis: "viewable",
      },
      {
        event_id: "told-click-02",
        joined: false,
        exposure_event_id: null,
        position: null,
        propensity: null,
        experiments: null,
        delay: null,
        basis: null,
      },
    ]);
  });

  test("give each metric by variant, an event once for each, and numbers alone", async () => {
    const plan = (id: string, variant: number, metrics: Record<string, unknown>, unit_id = id): Made => ({
      id: `plan-${id}-0000`,
      event_type: "plan_generated",
      // The same twice: it is one.
      payload: {
        unit_id,
        metrics,
        experiments: [0, 1].map(() => ({ experiment_id: EXPERIMENT, variant_id: VARIANTS[variant]! })),
      },
    });
    await stage.publish(
      plan("a", 0, { latency_ms: 100, token_count: 7, note: "none" }),
      plan("b", 0, { latency_ms: 300.5 }),
      plan("c", 0, { latency_ms: 200 }, "a"),
      plan("d", 1, { latency_ms: 50 }),
    );
    await stage.store();
    const rows = await stage.query(
      "SELECT variant_id, metric, events::int, units::int, mean, p50, max FROM exp.metrics_by_variant WHERE event_type = 'plan_generated' ORDER BY variant_id, metric",
    );
    expect(rows).toEqual([
      { variant_id: VARIANTS[0], metric: "latency_ms", events: 3, units: 2, mean: 600.5 / 3, p50: 200, max: 300.5 },
      { variant_id: VARIANTS[0], metric: "token_count", events: 1, units: 1, mean: 7, p50: 7, max: 7 },
      { variant_id: VARIANTS[1], metric: "latency_ms", events: 1, units: 1, mean: 50, p50: 50, max: 50 },
    ]);
  });
});
