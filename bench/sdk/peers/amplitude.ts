import { init, track as trackEvent } from "@amplitude/analytics-browser";
import type { BenchEvent } from "../page-contender.ts";

export async function start(url: string): Promise<void> {
  await init("bench", "user-1", {
    serverUrl: `${url}/2/httpapi`,
    flushQueueSize: 100,
    flushIntervalMillis: 1_000,
    enableRequestBodyCompression: true,
    identityStorage: "localStorage",
    autocapture: false,
    fetchRemoteConfig: false,
    remoteConfig: { fetchRemoteConfig: false },
    enableDiagnostics: false,
  }).promise;
}

export function track(event: BenchEvent): void {
  trackEvent("click", { ...event });
}
