import { childrenOf } from "./children-of.ts";

/** The area of its box, in square CSS pixels. */
export function areaOf(element: Element): number {
  const { width, height } = element.getBoundingClientRect();
  return width * height;
}

/**
 * The element whose box stands for this one: itself, or, where it has no area of its own (`display: contents`, or all that is within it
 * floats or is positioned), the largest within it. Itself, too, where there is none.
 */
export const largestBox = (element: Element): Element =>
  areaOf(element) > 0
    ? element
    : childrenOf(element)
        .map(largestBox)
        .reduce((largest, box) => (areaOf(box) > areaOf(largest) ? box : largest), element);
