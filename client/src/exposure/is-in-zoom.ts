import { isEnough } from "./is-enough.ts";
import type { Viewability } from "./viewability.ts";

/** Does a pinch zoom leave enough of a box in view? What the observer takes for the viewport is then larger than what is seen. */
export function isInZoom(box: Element, rule: Viewability): boolean {
  const zoom = visualViewport;
  const rect = box.getBoundingClientRect();
  return !zoom || isEnough(box, rect, zoomShare(rect, zoom), zoom, rule);
}

/** How much of a box is within the zoom, from 0 to 1. */
function zoomShare({ left, right, top, bottom }: DOMRect, zoom: VisualViewport): number {
  const { offsetLeft: x, offsetTop: y, width, height } = zoom;
  const seen = overlap(left, right, x, x + width) * overlap(top, bottom, y, y + height);
  return seen / ((right - left) * (bottom - top));
}

const overlap = (from: number, to: number, start: number, end: number): number =>
  Math.max(0, Math.min(to, end) - Math.max(from, start));
