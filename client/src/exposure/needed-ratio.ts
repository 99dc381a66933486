import type { Viewability } from "./viewability.ts";

/** Width and height in CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

/** How much of what the viewport can hold is reachable in practice: nobody scrolls to the very pixel. */
const REACHABLE_IN_PRACTICE = 0.9;

/**
 * Share of an element's pixels that must be in the viewport for it to count as viewable: half, or 30 % of a large one (the MRC/IAB
 * display rule, from 242,500 px, the area of a 970 x 250 advertisement). Of an element so large that this share never fits, the same
 * share of what does fit.
 */
export function neededRatio(element: Size, viewport: Size, rule: Viewability): number {
  const { width, height } = element;
  const share = width * height >= rule.largeArea ? Math.min(rule.largeThreshold, rule.threshold) : rule.threshold;
  const fits = Math.min(1, viewport.width / width) * Math.min(1, viewport.height / height);
  return share > fits * REACHABLE_IN_PRACTICE ? share * fits : share;
}
