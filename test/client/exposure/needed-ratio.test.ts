import { expect, test } from "vitest";
import { neededRatio } from "../../../client/src/exposure/needed-ratio.ts";
import { TRACKER_DEFAULTS } from "../../../client/src/tracker/read-options.ts";

const rule = TRACKER_DEFAULTS.viewability;
const viewport = { width: 1280, height: 720 };
const needed = (width: number, height: number): number => neededRatio({ width, height }, viewport, rule);

test("half of an item is needed", () => {
  expect(needed(200, 100)).toBe(0.5);
});

test("30 % suffices for an area of 242,500 pixels and more", () => {
  expect(needed(970, 249)).toBe(0.5);
  expect(needed(970, 250)).toBe(0.3);
});

test("of an item that can never be in view to that share, the same share of what can be is needed", () => {
  expect(needed(60, 7_200)).toBeCloseTo(0.3 * 0.1);
  expect(needed(20, 7_200)).toBeCloseTo(0.5 * 0.1);
  expect(needed(12_800, 7_200)).toBeCloseTo(0.3 * 0.01);
});

test("what is needed can always be reached", () => {
  for (const threshold of [0.1, 0.5, 0.95, 1]) {
    for (let height = 10; height < 20_000; height += 37) {
      const ratio = neededRatio({ width: 10, height }, viewport, { ...rule, threshold });
      expect(ratio).toBeLessThanOrEqual(Math.min(1, viewport.height / height));
    }
  }
});
