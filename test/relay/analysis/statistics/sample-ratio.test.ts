import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chiSquaredPValue } from "../../../../relay/analysis/statistics/chi-squared.ts";
import { sampleRatio } from "../../../../relay/analysis/statistics/sample-ratio.ts";

/** By scipy 1.17, chi2.sf. */
test.for([
  [3.841458820694124, 1, 0.05],
  [5.991464547107979, 2, 0.05],
  [18.307038053275146, 10, 0.05],
  [0.1, 1, 0.7518296340458492],
  [0.001, 7, 0.9999999999997597],
  [2, 199, 1],
  [250, 200, 0.009379131668826098],
  [1000, 999, 0.48513148927490146],
  [100, 1, 1.5239706048320995e-23],
  [0, 3, 1],
  [Number.POSITIVE_INFINITY, 3, 0],
] as const)("of chi-squared %d with %i degrees of freedom the p-value is %d", ([statistic, degrees, p]) => {
  const found = chiSquaredPValue(statistic, degrees);
  expect(Math.abs(found - p)).toBeLessThanOrEqual(1e-10 * Math.max(p, Number.MIN_VALUE));
});

const variants = (units: number[], weights: number[]) => units.map((n, i) => ({ units: n, weight: weights[i]! }));

/** By scipy 1.17, chisquare. */
test("counts are compared with weights in any unit", () => {
  const halves = sampleRatio(variants([5100, 4900], [50, 50]))!;
  expect(halves).toMatchObject({ chi_squared: 4, degrees_of_freedom: 1, expected: [5000, 5000] });
  expect(halves.p_value).toBeCloseTo(0.04550026389635857, 12);
  const uneven = sampleRatio(variants([301, 299, 500], [1, 1, 2]))!;
  expect(uneven).toMatchObject({ degrees_of_freedom: 2, expected: [275, 275, 550] });
  expect(uneven.chi_squared).toBeCloseTo(9.098181818181818, 12);
  expect(uneven.p_value).toBeCloseTo(0.01057681530122942, 12);
});

test("a variant of weight 0 is left out, with its units", () => {
  const without = sampleRatio(variants([50, 30, 20], [1, 1, 1]))!;
  expect(sampleRatio(variants([50, 7, 30, 20], [1, 0, 1, 1]))).toEqual({
    ...without,
    expected: [without.expected[0], 0, ...without.expected.slice(1)],
  });
});

test("what is expected adds up to the units, exactly", () => {
  const some = fc.array(fc.tuple(fc.nat(1e7), fc.double({ min: 1e-3, max: 1e3, noNaN: true })), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(some, (pairs) => {
      fc.pre(pairs.some(([units]) => units > 0));
      const { expected } = sampleRatio(pairs.map(([units, weight]) => ({ units, weight })))!;
      expect(expected.reduce((sum, one) => sum + one, 0)).toBe(pairs.reduce((sum, [units]) => sum + units, 0));
    }),
  );
});

test("there is nothing to compare with one variant, or without units", () => {
  expect(sampleRatio(variants([5, 5], [1, 0]))).toBeUndefined();
  expect(sampleRatio(variants([0, 0], [1, 1]))).toBeUndefined();
  expect(() => sampleRatio(variants([5, 5], [1, -1]))).toThrow("weight: expected a number from 0 on, got -1");
});
