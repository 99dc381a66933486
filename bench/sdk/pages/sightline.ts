import { createTracker, type Tracker } from "../../../client/src/index.ts";
import type { BenchEvent } from "../page-contender.ts";

let tracker: Tracker;

export function start(endpoint: string): void {
  tracker = createTracker({ endpoint, writeKey: "wk_bench", unit: { type: "user", id: "u_1" } });
}

export function track({ item_id: itemId, position, request_id, surface }: BenchEvent): void {
  tracker.track("click", { itemId, position, payload: { request_id, surface } });
}

export const queued = (): number => tracker.stats().queued;
