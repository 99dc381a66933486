import { expect, test } from "vitest";
import { estimate } from "../../../../relay/analysis/ope/estimate.ts";

const of = (rows: [reward: number, weight: number][], resamples = 1_000, seed = 1) =>
  estimate({
    rewards: Float64Array.from(rows, ([reward]) => reward),
    weights: Float64Array.from(rows, ([, weight]) => weight),
    resamples,
    seed,
  });

test("estimates are means of weighted rewards", () => {
  const found = of([
    [1, 2],
    [0, 1],
    [1, 0.5],
    [0, 0.5],
  ]);
  expect(found).toMatchObject({ naive: { value: 0.5 }, ipw: { value: 0.625 }, snipw: { value: 0.625 }, largest_weight: 2 });
  expect(found.effective_rows).toBeCloseTo(16 / 5.5, 12);
});

test("the interval of a mean is as wide as theory has it", () => {
  const rows = Array.from({ length: 2_000 }, (_, n): [number, number] => [Number(n % 10 === 0), 1]);
  const { low, high } = of(rows).naive;
  const half = 1.96 * Math.sqrt((0.1 * 0.9) / 2_000);
  expect(low).toBeGreaterThan(0.1 - half * 1.15);
  expect(low).toBeLessThan(0.1 - half * 0.85);
  expect(high).toBeGreaterThan(0.1 + half * 0.85);
  expect(high).toBeLessThan(0.1 + half * 1.15);
});

test("without rows, or with a policy that chooses nothing that was logged, there is no estimate", () => {
  expect(() => of([])).toThrow("expected rows, got none");
  expect(() => of([[1, 0]])).toThrow("expected a policy that chooses some of what was logged, got none");
});
