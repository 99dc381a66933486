import { expect, test } from "vitest";
import { createTrail, stageTimes } from "../../../bench/latency/trail.ts";

test("an event's first passing of a point counts, and its stages add up to the whole", () => {
  const trail = createTrail();
  const points = ["tracked", "posted", "enqueued", "delivered", "appended", "consumed"] as const;
  for (const [nth, point] of points.entries()) trail.note(point, ["a-1"], 1_000 + nth * nth * 10);
  trail.note("posted", ["a-1"], 9_000);
  expect(trail.moments(["a-1"]).map(stageTimes)).toEqual([[10, 30, 50, 70, 90, 250]]);
  expect(trail.faults()).toEqual([]);
});

test("events that are missing, that come again, and that nobody tracked are told", () => {
  const trail = createTrail();
  trail.note("tracked", ["a-1", "a-2", "a-3"], 0);
  trail.note("consumed", ["a-1", "a-2", "a-2", "b-1"], 1);
  expect(trail.missing()).toEqual(["a-3"]);
  expect(trail.faults()).toEqual([
    "1 events did not come: a-3",
    "1 events came more than once: a-2",
    "1 events came and were never tracked: b-1",
  ]);
  expect(() => trail.moments(["a-1"])).toThrow("expected a-1 to be posted, and it was not");
});
