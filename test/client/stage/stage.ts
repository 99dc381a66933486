/**
 * Everything that a browser test of the SDK stands on: a real Chromium, a site, the real collector in workerd behind a network that a test
 * can break, and, in the relay's place, a recorder.
 */
import { expect } from "vitest";
import type { BrowserContext, Frame, Page } from "playwright-core";
import type { TrackerOptions } from "../../../client/src/tracker/options.ts";
import type { SightlineRequest } from "../../../client/src/tracker/request.ts";
import type { Tracker } from "../../../client/src/tracker/tracker.ts";
import { HIGH_LIMITS, startCollector } from "../../services/collector.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import { sharedChromium, type SharedChromium } from "../../services/shared-chromium.ts";
import { startFront, type Front } from "./front.ts";
import { startRelayEdge } from "./relay-edge.ts";
import { startSite, type Site } from "./site.ts";

declare global {
  /** What the pages of these tests have in their global scope. */
  var createTracker: (options: TrackerOptions) => Tracker;
  var tracker: Tracker;
  var request: SightlineRequest;
  /** Codes and messages that the tracker reported. */
  var errors: string[];
}

/** Options of a tracker that text can carry into the page. */
export type PageOptions = Pick<TrackerOptions, "flushInterval" | "batchSize" | "maxQueue" | "viewability">;

/** The stage of one test file. */
export interface Stage {
  chromium: SharedChromium;
  front: Front;
  site: Site;
  /** A context of its own storage, as a new user's browser. Its pages are always visible; those of `chromium.context` are not. */
  newUser(): Promise<BrowserContext>;
  /** A tab with the host page and a tracker, and with a request for `surface`. */
  openTab(user: BrowserContext, surface: string, options?: PageOptions): Promise<Page>;
  /** Ids of this surface's events, once for each time that a request carried them. */
  sent(surface: string): string[];
  /** Envelopes of this surface that have arrived. */
  arrived(surface: string): Envelope[];
  /** Waits until so many have arrived, and returns them. */
  arrival(surface: string, count: number): Promise<Envelope[]>;
  close(): Promise<void>;
}

/** Milliseconds that a test waits for something to become true. */
export const PATIENCE = { timeout: 30_000, interval: 50 };

/** Starts all of it, with the SDK of the sources or with the one at `sdk`. */
export async function startStage(sdk?: string): Promise<Stage> {
  const edge = await startRelayEdge();
  const collector = await startCollector({ relayUrl: edge.url, relayToken: "token", limits: HIGH_LIMITS });
  const [front, site, chromium] = await Promise.all([startFront(collector.url), startSite(sdk), sharedChromium()]);
  const arrived = (surface: string): Envelope[] => edge.envelopes.filter(({ payload }) => payload.surface === surface);
  return {
    chromium,
    front,
    site,
    arrived,
    sent(surface) {
      const events = front.requests.flatMap(({ batch }) => batch.events ?? []);
      return events.filter((event) => event.surface === surface).map(({ event_id = "" }) => event_id);
    },
    newUser: () => chromium.browser.newContext(),
    async openTab(user, surface, options = {}) {
      const page = await user.newPage();
      await page.goto(`${site.url}/`);
      await startTracker(page, front.url, surface, options);
      return page;
    },
    async arrival(surface, count) {
      await expect.poll(() => arrived(surface).length, PATIENCE).toBeGreaterThanOrEqual(count);
      return arrived(surface);
    },
    async close() {
      await chromium.close();
      await Promise.all([collector.close(), front.close(), site.close()]);
      await edge.close();
    },
  };
}

/** Makes the page's tracker, and its request for a surface. */
export async function startTracker(
  page: Page | Frame,
  endpoint: string,
  surface: string,
  options: PageOptions = {},
): Promise<void> {
  await page.evaluate(
    ([own, name]) => {
      globalThis.errors = [];
      globalThis.tracker = createTracker({
        unit: { type: "user", id: "u_1" },
        onError: (error) => errors.push(`${error.code}: ${error.message}`),
        ...own,
      });
      globalThis.request = tracker.request({ surface: name });
    },
    [{ endpoint, writeKey: "wk_demo", ...options }, surface] as const,
  );
}

/** Records `count` outcomes in the page, in one task. */
export async function track(page: Page, count: number): Promise<void> {
  await page.evaluate((n) => {
    for (let i = 0; i < n; i++) request.outcome("like", { itemId: `i${i}`, position: i + 1 });
  }, count);
}

/** Events that the page's IndexedDB holds. */
export async function stored(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open("sightline-wk_demo");
        opening.addEventListener("error", () => reject(opening.error));
        // It is not made by looking.
        opening.addEventListener("upgradeneeded", () => {
          opening.transaction?.abort();
          resolve(0);
        });
        opening.addEventListener("success", () => {
          const reading = opening.result.transaction("events").objectStore("events").getAll(IDBKeyRange.lowerBound([]));
          reading.addEventListener("success", () => {
            opening.result.close();
            resolve(reading.result.flat().length);
          });
        });
      }),
  );
}
