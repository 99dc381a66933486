import aa from "search-insights";
import type { BenchEvent } from "../page-contender.ts";

export function start(url: string): void {
  aa("init", { appId: "bench", apiKey: "bench", host: url, userToken: "user-1" });
}

export function track({ request_id, item_id, position, surface }: BenchEvent): void {
  aa("clickedObjectIDsAfterSearch", {
    index: surface,
    eventName: "click",
    queryID: request_id,
    objectIDs: [item_id],
    positions: [position],
  });
}
