/**
 * What a visitor of the shop had before their eyes, recorded apart from the SDK: at each frame the rectangle of each card, cut to the
 * viewport and to whatever scrolls or clips around it. It lives in the page and outlives navigations in sessionStorage.
 */

/** One card of one request. */
export interface Sighting {
  request_id: string;
  item_id: string;
  position: number;
  surface: string;
  /** The longest time without a break for which at least half of its area could be seen, in milliseconds. */
  longest: number;
}

declare global {
  /** Every card that this tab has shown, by request and item. */
  var sightings: () => Sighting[];
}

/** Runs in the page, before its own code; imports nothing. */
export function recordSightings(): void {
  const key = "test.sightings";
  const all = new Map<string, Sighting>(JSON.parse(sessionStorage.getItem(key) ?? "[]") as [string, Sighting][]);
  const since = new Map<Element, number>();

  // It is sent to the page as text, so everything it needs stays within it.
  // oxlint-disable-next-line unicorn/consistent-function-scoping
  const visibleShare = (card: Element): number => {
    const own = card.getBoundingClientRect();
    let { left, top, right, bottom } = own;
    const cut = (box: { left: number; top: number; right: number; bottom: number }): void => {
      left = Math.max(left, box.left);
      top = Math.max(top, box.top);
      right = Math.min(right, box.right);
      bottom = Math.min(bottom, box.bottom);
    };
    cut({ left: 0, top: 0, right: innerWidth, bottom: innerHeight });
    for (let around = card.parentElement; around !== null && around !== document.body; around = around.parentElement) {
      if (getComputedStyle(around).overflow !== "visible") cut(around.getBoundingClientRect());
    }
    return (Math.max(0, right - left) * Math.max(0, bottom - top)) / (own.width * own.height || 1);
  };

  const frame = (now: number): void => {
    for (const card of document.querySelectorAll<HTMLElement>("[data-item-id]")) {
      const { itemId = "", requestId = "", position = "" } = card.dataset;
      const surface = card.closest<HTMLElement>("[data-surface]")?.dataset["surface"] ?? "";
      const name = `${requestId} ${itemId}`;
      const sighting = all.get(name) ?? {
        request_id: requestId,
        item_id: itemId,
        position: Number(position),
        surface,
        longest: 0,
      };
      all.set(name, sighting);
      if (document.visibilityState === "visible" && visibleShare(card) >= 0.5) {
        if (!since.has(card)) since.set(card, now);
        sighting.longest = Math.max(sighting.longest, now - (since.get(card) ?? now));
      } else since.delete(card);
    }
    requestAnimationFrame(frame);
  };

  globalThis.sightings = () => [...all.values()];
  addEventListener("pagehide", () => sessionStorage.setItem(key, JSON.stringify([...all])));
  requestAnimationFrame(frame);
}
