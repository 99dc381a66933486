import type { Viewability } from "./viewability.ts";
import { clipSize } from "./clip-size.ts";
import { neededRatio, type Size } from "./needed-ratio.ts";

/** Share of the needed ratio that suffices: the observer rounds to device pixels, and half of an element can come as 0.4999. */
const ROUNDING = 0.99;

/** Is this share of an element's box enough, in a viewport of this size? */
export function isEnough(element: Element, box: Size, share: number, viewport: Size, rule: Viewability): boolean {
  const fits = (size: Size): boolean => share >= neededRatio(box, size, rule) * ROUNDING;
  // What clips an element can only make it need less, and is dear to find out.
  return share > 0 && (fits(viewport) || fits(clipSize(element, viewport)));
}
