import { RudderAnalytics } from "@rudderstack/analytics-js/lite";
import type { BenchEvent } from "../page-contender.ts";

const analytics = new RudderAnalytics();

/** What its server would say of the source: no destinations in the page. */
const SOURCE = {
  source: {
    id: "bench",
    name: "bench",
    writeKey: "bench",
    workspaceId: "bench",
    enabled: true,
    destinations: [],
    config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
  },
};

export function start(url: string): Promise<void> {
  analytics.load("bench", url, {
    getSourceConfig: () => SOURCE,
    queueOptions: { maxItems: 10_000, batch: { enabled: true, maxItems: 100, flushInterval: 1_000 } },
    sendAdblockPage: false,
    loadIntegration: false,
  });
  return new Promise((resolve) => analytics.ready(resolve));
}

export function track(event: BenchEvent): void {
  analytics.track("click", { ...event });
}
