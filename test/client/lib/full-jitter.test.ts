import { expect, test } from "vitest";
import { fullJitter } from "../../../client/src/lib/full-jitter.ts";

const bounds = { base: 1_000, cap: 60_000 };

test("a wait lies anywhere between nothing and a bound that doubles with each attempt, up to the cap", () => {
  const longest = [1, 2, 3, 6, 7, 5_000].map((attempt) => fullJitter(attempt, bounds, () => 1));
  expect(longest).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  expect(fullJitter(5, bounds, () => 0)).toBe(0);
  expect(fullJitter(2, bounds, () => 0.5)).toBe(1_000);
});
