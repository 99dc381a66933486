import * as fc from "fast-check";
import { expect, test } from "vitest";
import { wilsonInterval } from "../../../../relay/analysis/statistics/wilson-interval.ts";

/** By statsmodels 0.14, proportion_confint(…, method="wilson"); the middle three are also in Newcombe (1998). */
test.for([
  [0, 20, 0, 0.1611251580528194],
  [20, 20, 0.8388748419471806, 1],
  [1, 29, 0.006113214292762667, 0.17175521879320294],
  [15, 148, 0.06238639953073628, 0.16048724172330803],
  [81, 263, 0.2552885198782742, 0.36620957698280004],
  [69, 10_000, 0.005456205431184981, 0.008722493761976277],
  [1, 10_000_000, 1.7652455711617434e-8, 5.664932019606464e-7],
] as const)("%i of %i lies between %d and %d", ([successes, trials, low, high]) => {
  const interval = wilsonInterval(successes, trials)!;
  expect(interval.low).toBeCloseTo(low, 14);
  expect(interval.high).toBeCloseTo(high, 14);
});

test("the share is always within, and the bounds are shares", () => {
  const counts = fc
    .integer({ min: 1, max: 1e9 })
    .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)));
  fc.assert(
    fc.property(counts, ([successes, trials]) => {
      const { low, high } = wilsonInterval(successes, trials)!;
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(successes / trials);
      expect(high).toBeGreaterThanOrEqual(successes / trials);
      expect(high).toBeLessThanOrEqual(1);
    }),
  );
});

test("without trials there is no interval, and none of a rate over 1", () => {
  expect(wilsonInterval(0, 0)).toBeUndefined();
  expect(() => wilsonInterval(3, 2)).toThrow("successes: expected a number from 0 to 2, got 3");
  expect(() => wilsonInterval(Number.NaN, 2)).toThrow("got NaN");
});
