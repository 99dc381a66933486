import { AnalyticsBrowser } from "@segment/analytics-next";
import type { BenchEvent } from "../page-contender.ts";

let analytics: AnalyticsBrowser;

export async function start(url: string): Promise<void> {
  const segment = {
    apiKey: "bench",
    apiHost: `${new URL(url).host}/v1`,
    protocol: "http" as const,
    deliveryStrategy: { strategy: "batching" as const, config: { size: 100, timeout: 1_000 } },
  };
  // Its settings are given: it would load them from a server of its own.
  analytics = AnalyticsBrowser.load(
    { writeKey: "bench", cdnSettings: { integrations: { "Segment.io": segment } } },
    { integrations: { "Segment.io": segment } },
  );
  await analytics.ready();
}

export function track(event: BenchEvent): void {
  void analytics.track("click", { ...event });
}
