import { expect, test } from "vitest";
import { percentile } from "../../../bench/lib/percentile.ts";

test("a percentile is the smallest number that so large a share does not exceed", () => {
  const numbers = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect([0.5, 0.99, 1].map((share) => percentile(numbers, share))).toEqual([100, 198, 200]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.99)).toBeNaN();
});
