/**
 * What could really be seen, recorded apart from the SDK: at each frame the rectangle of each element, cut to the viewport and to whatever
 * scrolls or clips around it. It knows no IntersectionObserver, and nothing of what the SDK thinks.
 */

declare global {
  /** From now on the element shows what has this name, in place of what it showed before; undefined: nothing. */
  var watchView: (element: Element, name: string | undefined) => void;
  /** By name the longest time without a break for which enough of it could be seen, in milliseconds. */
  var views: () => Record<string, number>;
}

/** Runs in the page, before its own code; imports nothing. */
export function recordViews(): void {
  const longest: Record<string, number> = {};
  const watched = new Map<Element, { name: string; since: number | undefined }>();
  type Box = Pick<DOMRect, "left" | "top" | "right" | "bottom">;

  // It is sent to the page as text, so everything it needs stays within it.
  // oxlint-disable-next-line unicorn/consistent-function-scoping
  const cut = (a: Box, b: Box): Box => ({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });
  // oxlint-disable-next-line unicorn/consistent-function-scoping
  const area = ({ left, top, right, bottom }: Box): number => Math.max(0, right - left) * Math.max(0, bottom - top);
  // oxlint-disable-next-line unicorn/consistent-function-scoping
  const around = (element: Element): Element | null => {
    const root = element.getRootNode();
    return element.assignedSlot ?? element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  };

  const isInView = (element: Element): boolean => {
    const own = element.getBoundingClientRect();
    const viewport = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    let seen = cut(own, viewport);
    let width = Math.min(own.width, innerWidth);
    let height = Math.min(own.height, innerHeight);
    for (let box = around(element); box && box !== document.body; box = around(box)) {
      if (getComputedStyle(box).overflow === "visible") continue;
      const clip = box.getBoundingClientRect();
      seen = cut(seen, clip);
      width = Math.min(width, clip.width);
      height = Math.min(height, clip.height);
    }
    const share = area(own) >= 242_500 ? 0.3 : 0.5;
    return document.visibilityState === "visible" && area(own) > 0 && area(seen) >= share * width * height;
  };

  const frame = (now: number): void => {
    for (const [element, view] of watched) {
      longest[view.name] ??= 0;
      if (!isInView(element)) view.since = undefined;
      else longest[view.name] = Math.max(longest[view.name]!, now - (view.since ??= now));
    }
    requestAnimationFrame(frame);
  };

  globalThis.watchView = (element, name) => {
    watched.delete(element);
    if (name !== undefined) watched.set(element, { name, since: undefined });
  };
  globalThis.views = () => ({ ...longest });
  requestAnimationFrame(frame);
}
