import { createTracker, type SightlineRequest, type Tracker } from "../../../client/src/index.ts";
import type { BenchEvent } from "../page-contender.ts";

let tracker: Tracker;
let request: SightlineRequest;
const cards = new Map<string, Element>();

/** Puts a card for each event on the page, ten in a row. */
export function start(endpoint: string): void {
  tracker = createTracker({ endpoint, writeKey: "wk_bench", unit: { type: "user", id: "u_1" } });
  request = tracker.request({ surface: "home.top_picks" });
  for (const [at, { item_id }] of events.entries()) {
    const card = document.createElement("div");
    card.style.cssText = `position:absolute;width:100px;height:90px;left:${(at % 10) * 110}px;top:${Math.floor(at / 10) * 100}px`;
    card.textContent = item_id;
    cards.set(item_id, card);
  }
  document.body.append(...cards.values());
}

export function track({ item_id: itemId, position }: BenchEvent): void {
  request.observe(cards.get(itemId)!, { itemId, position });
}

export const queued = (): number => tracker.stats().queued;
