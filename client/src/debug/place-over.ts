/** Where an outline is: CSS, by the names of its style's properties. */
export type Place = Record<"transform" | "width" | "height" | "clipPath", string>;

/** The place over an element, less what its clippers cut off. Coordinates are those of the viewport. */
export function placeOver(element: Element, clippers: readonly Element[]): Place {
  const box = element.getBoundingClientRect();
  const cut = { top: 0, right: 0, bottom: 0, left: 0 };
  for (const clipper of clippers) {
    const edge = clipper.getBoundingClientRect();
    cut.top = Math.max(cut.top, edge.top - box.top);
    cut.right = Math.max(cut.right, box.right - edge.right);
    cut.bottom = Math.max(cut.bottom, box.bottom - edge.bottom);
    cut.left = Math.max(cut.left, edge.left - box.left);
  }
  return {
    transform: `translate(${box.left}px, ${box.top}px)`,
    width: `${box.width}px`,
    height: `${box.height}px`,
    clipPath: `inset(${cut.top}px ${cut.right}px ${cut.bottom}px ${cut.left}px)`,
  };
}
