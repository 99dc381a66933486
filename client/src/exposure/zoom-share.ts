/** How much of a box a pinch zoom leaves in view, from 0 to 1: what the observer takes for the viewport is then larger than what is seen. */
export function zoomShare({ left, right, top, bottom }: DOMRect, zoom: VisualViewport): number {
  const { offsetLeft: x, offsetTop: y, width, height } = zoom;
  const seen = overlap(left, right, x, x + width) * overlap(top, bottom, y, y + height);
  return seen / ((right - left) * (bottom - top));
}

const overlap = (from: number, to: number, start: number, end: number): number =>
  Math.max(0, Math.min(to, end) - Math.max(from, start));
