import { createTracker, type SightlineRequest, type Tracker } from "../../../client/src/index.ts";
import type { BenchEvent } from "../page-contender.ts";

let tracker: Tracker;
let request: SightlineRequest;

export function start(endpoint: string): void {
  tracker = createTracker({ endpoint, writeKey: "wk_bench", unit: { type: "user", id: "u_1" } });
  request = tracker.request({ surface: "home.top_picks" });
}

/** Not a click: the first on an item records its exposure too, which makes two events of one call. */
export function track({ item_id: itemId, position }: BenchEvent): void {
  request.outcome("like", { itemId, position });
}

export const queued = (): number => tracker.stats().queued;
