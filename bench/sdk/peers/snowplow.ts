import { flushBuffer, newTracker, trackSelfDescribingEvent } from "@snowplow/browser-tracker";
import type { BenchEvent } from "../page-contender.ts";

export function start(url: string): void {
  newTracker("bench", url, {
    appId: "bench",
    eventMethod: "post",
    bufferSize: 100,
    encodeBase64: false,
    stateStorageStrategy: "localStorage",
    contexts: { webPage: false, session: false, browser: false },
  });
}

export function track(data: BenchEvent): void {
  trackSelfDescribingEvent({ event: { schema: "iglu:com.example/click/jsonschema/1-0-0", data: { ...data } } });
  if (data.position % 1_000 === 0) flushBuffer();
}
