import { describe, expect, test } from "vitest";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const golden = new Map(validEvents().map(({ name, event }) => [name, event]));
const event = (name: string, event_id: string) => ({ ...golden.get(name), event_id });
const click = event("click", "event_click");
const exposure = event("exposure", "event_exposure");
const decision = event("decision", "event_decision");
const report = event("client-report", "event_report");

/** A collector whose queue is over its limit, and has said so. */
async function shedding() {
  const collector = inProcessCollector({
    backlog: () => ({ backlogBytes: 30_000_000_000 }),
    vars: { SHED_EXPOSURES: "true" },
  });
  await collector.post(event("click", "event_before"));
  collector.points.length = 0;
  return collector;
}

describe("while exposures are shed", () => {
  test("a batch is 207: exposures and decisions have the verdict shed, for good, and outcomes are taken", async () => {
    const { post, taken } = await shedding();
    const { status, answer } = await post({ events: [exposure, click, decision, report] });
    expect([status, answer]).toMatchObject([
      207,
      {
        accepted: 2,
        rejected: 2,
        duplicates: 0,
        errors: [
          { index: 0, event_id: "event_exposure", error: "shed", retryable: false },
          { index: 2, event_id: "event_decision", error: "shed", retryable: false },
        ],
      },
    ]);
    expect(taken().map(({ id }) => id)).toEqual(["event_before", "event_click", "event_report"]);
  });

  test("what is taken is flagged, so that its missing exposures are no riddle", async () => {
    const { post, taken } = await shedding();
    await post({ events: [click] });
    expect(taken().map(({ metadata }) => metadata.flags.includes("shedding"))).toEqual([false, true]);
  });

  test("a single exposure is 202 with the status shed", async () => {
    const { post, taken } = await shedding();
    expect(await post(exposure)).toMatchObject({ status: 202, answer: { event_id: "event_exposure", status: "shed" } });
    expect(taken()).toHaveLength(1);
  });

  test("what is shed is counted, by type, and is no refusal", async () => {
    const { post, counted, refused } = await shedding();
    await post({ events: [exposure, event("exposure", "event_another"), click] });
    expect(counted()).toEqual({ "t1 exposure shed": 2, "t1 click accepted": 1 });
    expect(refused()).toEqual([]);
  });

  test("a wrong exposure is refused all the same", async () => {
    const { post } = await shedding();
    const { status, answer } = await post({ events: [{ ...exposure, items: [] }] });
    expect([status, answer]).toMatchObject([400, { errors: [{ error: "empty_items" }] }]);
  });
});
