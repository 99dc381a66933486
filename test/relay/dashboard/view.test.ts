import { describe, expect, test } from "vitest";
import { createArrivals } from "../../../relay/dashboard/arrivals.ts";
import { createSeries, STEP_MS, STEPS } from "../../../relay/dashboard/series.ts";
import { createView, MAX_EXPOSURES } from "../../../relay/dashboard/view.ts";
import type { Envelope, Rejection } from "../../../worker/src/envelope/envelope.ts";
import { goldenFigures, goldenLog, goldenReport } from "../analysis/golden-log.ts";
import { envelope } from "../queue.ts";

const AT = Date.parse("2026-01-01T12:00:00.000Z");
const LATER = AT + 10 * 60_000;

/** A view that was given these events, each a second after the one before. */
function viewOf(events: (Envelope | Envelope<Rejection>)[]) {
  const arrivals = createArrivals();
  const series = createSeries(() => LATER);
  const view = createView(arrivals, series);
  const give = (event: Envelope | Envelope<Rejection>, at: number): void => {
    const value = Buffer.from(JSON.stringify(event));
    view.add({
      topic: event.type,
      key: "",
      value,
      headers: {},
      partition: 0,
      offset: 0n,
      publishedAt: new Date(at).toISOString(),
    });
  };
  events.forEach((event, n) => give(event, AT + n * 1000));
  return { view, arrivals, series, give, figures: view.figures() };
}
/** Moves the collector's time on, so that orphans are not waited for any more. */
const later = (): Envelope => ({ ...exposure("later", "r-later"), received_at: "2026-01-01T10:10:02.000Z" });
const click = (id: string, request_id: string, item_id = "a", unit_id = "u1") =>
  envelope({ id, event_type: "click", request_id, item_id, unit_id });
const exposure = (id: string, request_id: string, items = [{ item_id: "a" }]) => envelope({ id, request_id, items });
const decision = (id: string, request_id: string, items = [{ item_id: "a" }, { item_id: "b" }]) =>
  envelope({ id, event_type: "decision", request_id, items });
const without = (event: Envelope, field: "request_id" | "surface"): Envelope => ({
  ...event,
  payload: { ...event.payload, [field]: undefined },
});

const ratesOf = (some: { exposures: number; clicks: number; repeated_clicks: number }[]) =>
  some.map((one) => [one.exposures, one.clicks, one.repeated_clicks]);

describe("createView", () => {
  test("counts stages by surface, each item once, in whatever order its events come", () => {
    const events = [
      click("c1", "r1"),
      exposure("e1", "r1"),
      exposure("e2", "r1"),
      decision("d1", "r1"),
      click("c2", "r1"),
      exposure("e3", "r2", [{ item_id: "x" }]),
    ];
    expect(viewOf(events).figures.funnel).toEqual([
      { surface: "home", requested: 2, requested_and_seen: 1, seen: 2, basis: { "": 2 }, acted: 1, outcomes: 2, joined: 2 },
    ]);
  });

  test("tells orphans apart by cause", () => {
    const events = [
      without(click("o1", "r1"), "request_id"),
      exposure("e1", "r-shown"),
      click("o2", "r-shown", "a", "u2"),
      click("o3", "r-shown", "z"),
      decision("d1", "r-decided"),
      click("o4", "r-decided", "b"),
      click("o5", "r-unknown"),
    ];
    const { view, give, figures } = viewOf(events);
    expect(figures.problems.orphans.find(({ cause }) => cause === "waiting")?.n).toBe(3);
    give(later(), LATER);
    const { orphans } = view.figures().problems;
    expect(Object.fromEntries(orphans.map(({ cause, examples }) => [cause, examples.map(({ id }) => id)]))).toEqual({
      no_request_id: ["o1"],
      shown_to_another_unit: ["o2"],
      request_without_item: ["o3"],
      decided_not_seen: ["o4"],
      request_unknown: ["o5"],
    });
    expect(JSON.stringify(orphans)).not.toContain('u2"');
  });

  test("an orphan that is joined late is joined in the list, in the path and in its own step of time", () => {
    const { view, arrivals, series } = viewOf([click("c1", "r1"), exposure("e1", "r1")]);
    expect(arrivals.since(0).events.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["c1", "joined"],
      ["e1", "exposure"],
    ]);
    expect(view.findRequest("r1")?.events.map(({ verdict }) => verdict)).toContain("joined");
    expect(series.outcomesBefore(LATER)).toEqual({ outcomes: 1, joined: 1 });
  });

  test("rates by variant go by the variants of the exposure, and their intervals leave out repeated clicks", () => {
    const shown = exposure("e1", "r1");
    const experiments = [{ experiment_id: "e", variant_id: "v" }];
    const events = [{ ...shown, payload: { ...shown.payload, experiments } }, click("c1", "r1"), click("c2", "r1")];
    const { variants, positions } = viewOf(events).figures.rates;
    expect(variants).toEqual([
      { name: "e/v", exposures: 1, clicks: 2, repeated_clicks: 1, ctr: 2, interval: { low: expect.closeTo(0.2065, 3), high: 1 } },
    ]);
    expect(positions[0]).toMatchObject({ name: "1", clicks: 2, ctr: 2 });
  });

  test("the golden log has the same figures here as in verify", () => {
    const { figures } = viewOf(goldenLog);
    const { joined, orphans, exposures } = goldenFigures;
    expect(figures).toMatchObject({ joined, orphans, exposures });
    const sum = (field: "requested" | "requested_and_seen" | "joined" | "outcomes") =>
      figures.funnel.reduce((total, stages) => total + stages[field], 0);
    expect([sum("requested"), sum("requested_and_seen")]).toEqual([goldenFigures.decisions.items, goldenFigures.decisions.seen]);
    expect([sum("joined"), sum("outcomes")]).toEqual([joined, joined + orphans]);
    const count = (cause: string) => figures.problems.orphans.find((group) => group.cause === cause)?.n ?? 0;
    expect([count("waiting"), count("no_request_id"), count("shown_to_another_unit")]).toEqual([
      goldenReport.orphans_not_yet,
      goldenReport.missing_request_id,
      goldenReport.orphans_of_other_units,
    ]);
    expect(ratesOf(figures.rates.positions)).toEqual(ratesOf(Object.values(goldenFigures.by_position)));
    expect(ratesOf(figures.rates.variants)).toEqual(ratesOf(goldenReport.by_variant));
    expect(Object.fromEntries(figures.problems.refused.map(({ code, n }) => [code, n]))).toEqual(goldenReport.rejected);
  });

  test("says when it has forgotten exposures, since their outcomes look like orphans", () => {
    const items = Array.from({ length: 1_000 }, (_, n) => ({ item_id: `i${n}` }));
    const shown = Array.from({ length: MAX_EXPOSURES / 1_000 + 1 }, (_, n) => exposure(`e${n}`, `r${n}`, items));
    const { figures } = viewOf([...shown, click("c1", "r0", "i0")]);
    expect(figures.caveats).toEqual([expect.stringMatching(/^this view remembers the newest 50,000 of 51,000 exposures/)]);
    expect(figures.joined).toBe(0);
  });

  test("what others publish under an event's name breaks nothing", () => {
    const odd = {
      ...exposure("e1", "r1"),
      payload: { ...exposure("e1", "r1").payload, experiments: [null, "x"], unit_id: 7, surface: 3 },
    };
    expect(viewOf([odd as unknown as Envelope]).figures.events).toBe(1);
  });

  test("the list keeps its newest events, and forgets the JSON with the others", () => {
    const { arrivals } = viewOf(Array.from({ length: 250 }, (_, n) => exposure(`e${n}`, `r${n}`)));
    expect(arrivals.since(0).events).toHaveLength(200);
    expect(arrivals.json(50)).toBeUndefined();
    expect(arrivals.json(51)).toContain('"e50"');
    expect(arrivals.since(249).events.map(({ id }) => id)).toEqual(["e249"]);
  });
});

describe("createSeries", () => {
  test("steps fall out of the ring, and one that is used again begins at nothing", () => {
    let now = AT;
    const series = createSeries(() => now);
    series.addOutcome(AT, true);
    now = AT + STEPS * STEP_MS;
    series.addOutcome(AT, true);
    expect(series.section().outcomes).toEqual(Array.from({ length: STEPS }, () => 0));
    series.addOutcome(now, false);
    expect(series.section()).toMatchObject({ step: 10, start: (now - (STEPS - 1) * STEP_MS) / 1000 });
    expect(series.section().outcomes.at(-1)).toBe(1);
    expect(series.section().joined.at(-1)).toBe(0);
  });
});
