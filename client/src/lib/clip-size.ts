import type { Size } from "./needed-ratio.ts";

/** How much of an element can be in view at once: the viewport, or less where scrollers and clipping boxes lie around it. */
export function clipSize(element: Element, viewport: Size): Size {
  let { width, height } = viewport;
  for (let box = parentOf(element); box; box = parentOf(box)) {
    if (getComputedStyle(box).overflow === "visible") continue;
    width = Math.min(width, box.clientWidth || width);
    height = Math.min(height, box.clientHeight || height);
  }
  return { width, height };
}

/** The element around it as it is laid out: through slots and out of shadow roots. */
const parentOf = (element: Element): Element | null | undefined =>
  element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as ShadowRoot).host;
