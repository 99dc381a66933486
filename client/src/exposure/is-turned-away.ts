import { parentOf } from "./parent-of.ts";

/**
 * True where the back of the element, or of what is around it, is to the front and is not drawn (`backface-visibility: hidden`), as on
 * a card that flips: https://www.w3.org/TR/css-transforms-2/#backface-visibility-property
 */
export function isTurnedAway(element: Element): boolean {
  for (let face: Element | null | undefined = element; face; face = parentOf(face)) {
    if (getComputedStyle(face).backfaceVisibility === "hidden" && depthOf(face) < 0) return true;
  }
  return false;
}

/** Below 0 where its z axis points away, turned by its own transform and by those that share its space. */
function depthOf(face: Element): number {
  let all = new DOMMatrix();
  let box: Element | null | undefined = face;
  do {
    const { transform, rotate } = getComputedStyle(box);
    all = new DOMMatrix(transform).multiply(all);
    // `y 180deg` and `1 1 0 180deg`; a turn about z alone changes nothing here.
    const [, axis = "", angle] = /(.+) (.+)/.exec(rotate) ?? [];
    if (axis)
      all = new DOMMatrix(axis[1] ? `rotate3d(${axis.replaceAll(" ", ",")},${angle})` : `rotate${axis}(${angle})`).multiply(all);
    box = parentOf(box);
  } while (box && getComputedStyle(box).transformStyle === "preserve-3d");
  return all.m33;
}
