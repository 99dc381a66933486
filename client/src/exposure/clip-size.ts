import type { Size } from "./needed-ratio.ts";
import { parentOf } from "./parent-of.ts";

/**
 * How much of an element can be in view at once: the viewport, or less where scrollers and clipping boxes lie around it. A box clips what
 * it contains: not what is positioned past it (https://www.w3.org/TR/css-overflow-3/#overflow-properties).
 */
export function clipSize(element: Element, viewport: Size): Size {
  let { width, height } = viewport;
  let { position } = getComputedStyle(element);
  for (let box = parentOf(element); box && position !== "fixed"; box = parentOf(box)) {
    const style = getComputedStyle(box);
    if (position === "absolute" && style.position === "static") continue;
    ({ position } = style);
    if (style.overflow === "visible") continue;
    width = Math.min(width, box.clientWidth || width);
    height = Math.min(height, box.clientHeight || height);
  }
  return { width, height };
}
