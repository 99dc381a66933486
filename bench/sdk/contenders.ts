import { fileURLToPath } from "node:url";
import type { WireBatch, WirePartedBatch } from "@sightline/client/wire";

/** One that takes part. */
export interface Contender {
  name: string;
  /** The package that its size and its version are taken from; none where the code is of this repository. */
  package?: string;
  /** The module that runs in the page and exports a `PageContender`. */
  page: string;
  /** The smallest import with which a page could use it, as source; what its bundle's size is taken of. */
  imports: string;
  /** How it was set, for people. */
  setting: string;
  /** What its server responds to a body that was taken, as text. */
  answer(body: string): string;
}

const ok = (text: string) => (): string => text;
const page = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The collector's verdict on a batch that is all right. */
function verdict(body: string): string {
  const batch = JSON.parse(body) as WireBatch | WirePartedBatch;
  const accepted = batch.v === 2 ? batch.parts.reduce((sum, { events }) => sum + events.length, 0) : batch.events.length;
  return JSON.stringify({ accepted, rejected: 0, duplicates: 0, errors: [] });
}

/** What Amplitude's HTTP API v2 responds. */
function ingested(body: string): string {
  const { events } = JSON.parse(body) as { events: unknown[] };
  return JSON.stringify({ code: 200, events_ingested: events.length, payload_size_bytes: body.length, server_upload_time: 0 });
}

const createTracker = `export { createTracker } from ${JSON.stringify(page("../../client/src/index.ts"))};`;
const naive = page("pages/naive.ts");

/** What every ratio is to. */
export const NAIVE: Contender = {
  name: "naive",
  page: naive,
  imports: `export * from ${JSON.stringify(naive)};`,
  setting: "twenty lines: an array, batches of 100 by fetch, in localStorage what is not acknowledged",
  answer: ok("{}"),
};

const SIGHTLINE: Contender = {
  name: "sightline",
  page: page("pages/sightline.ts"),
  imports: createTracker,
  setting: "tracker.track, all defaults",
  answer: verdict,
};

/** The SDK of this repository: by `track`, and by the outcomes of a request. */
export const OWN: readonly Contender[] = [
  SIGHTLINE,
  {
    ...SIGHTLINE,
    name: "sightline-request",
    page: page("pages/sightline-request.ts"),
    setting: "request.outcome of one request, all defaults",
  },
];

/** The SDK with elements instead of calls; not for the table. */
export const OBSERVE: Contender = { ...SIGHTLINE, name: "sightline-observe", page: page("pages/sightline-observe.ts") };

/** The others, each in the settings in which it batches best. */
export const PEERS: readonly Contender[] = [
  {
    name: "amplitude",
    package: "@amplitude/analytics-browser",
    page: page("peers/amplitude.ts"),
    imports: `export { init, track } from "@amplitude/analytics-browser";`,
    setting: "100 events, gzip, no autocapture",
    answer: ingested,
  },
  {
    name: "snowplow",
    package: "@snowplow/browser-tracker",
    page: page("peers/snowplow.ts"),
    imports: `export { newTracker, trackSelfDescribingEvent, flushBuffer } from "@snowplow/browser-tracker";`,
    setting: "POST, 100 events, no base64, no contexts",
    answer: ok("ok"),
  },
  {
    name: "posthog",
    package: "posthog-js",
    page: page("peers/posthog.ts"),
    imports: `export { posthog } from "posthog-js/dist/module.slim.no-external.js";`,
    setting: "slim bundle, no flags, no rate limit",
    answer: ok('{"status":"Ok"}'),
  },
  {
    name: "search-insights",
    package: "search-insights",
    page: page("peers/search-insights.ts"),
    imports: `export { default } from "search-insights";`,
    setting: "has no batching",
    answer: ok('{"status":200,"message":"OK"}'),
  },
  {
    name: "segment",
    package: "@segment/analytics-next",
    page: page("peers/segment.ts"),
    imports: `export { AnalyticsBrowser } from "@segment/analytics-next";`,
    setting: "batching, 100 events or 1 s",
    answer: ok('{"success":true}'),
  },
  {
    name: "rudderstack",
    package: "@rudderstack/analytics-js",
    page: page("peers/rudderstack.ts"),
    imports: `export { RudderAnalytics } from "@rudderstack/analytics-js/lite";`,
    setting: "lite bundle, batches of 100 or 1 s, a queue of 10,000",
    answer: ok('"OK"'),
  },
];

/** All rows of the first table. */
export const CONTENDERS: readonly Contender[] = [NAIVE, ...OWN, ...PEERS];
