import { expect, test } from "vitest";
import { quantile } from "../../../../relay/analysis/statistics/quantile.ts";

/** By numpy 2.4. */
test.for([
  [0, 1],
  [0.3, 1.9],
  [0.5, 3],
  [0.95, 7.399999999999999],
  [1, 8],
] as const)("the %d quantile lies between its neighbours", ([q, expected]) => {
  expect(quantile([1, 2, 4, 8], q)).toBeCloseTo(expected, 14);
});

test("of one value every quantile is that value; of none there is none", () => {
  expect(quantile([7], 0.95)).toBe(7);
  expect(() => quantile([], 0.5)).toThrow("expected values, got none");
  expect(() => quantile([1], 95)).toThrow("q: expected a share from 0 to 1, got 95");
});
