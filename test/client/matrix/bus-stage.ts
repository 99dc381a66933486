/**
 * The stage of the delivery matrix: a real Chromium, the host page, a network that a test can break, and behind it the whole way to the
 * bus: the collector in workerd with its queue, and a relay in a process of its own.
 */
import type { BrowserContext, Page } from "playwright-core";
import type { TrackerOptions } from "../../../client/src/tracker/options.ts";
import { startCollector } from "../../services/collector.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import { sharedChromium, type SharedChromium } from "../../services/shared-chromium.ts";
import { startFront, type Fault, type Front, type FrontRequest } from "../stage/front.ts";
import { startSite, type Site } from "../stage/site.ts";
import { startTracker, type PageOptions } from "../stage/stage.ts";
import { startWay } from "./way.ts";

/** Options of a tracker that text can carry into the page. */
export type RowOptions = PageOptions & Pick<TrackerOptions, "consent">;

/** The stage of one file of the matrix. */
export interface BusStage {
  chromium: SharedChromium;
  site: Site;
  /** The network, for what it has seen; a row that breaks it sets {@link BusStage.fault}. */
  front: Front;
  /** Asked for each POST of an SDK: what is done instead of passing it on. */
  fault: (request: FrontRequest) => Fault | undefined | Promise<Fault | undefined>;
  newUser(): Promise<BrowserContext>;
  /** A tab with the host page and a tracker with a request for `surface`. */
  open(user: BrowserContext, surface: string, options?: RowOptions): Promise<Page>;
  /** This surface's envelopes on the bus. */
  onBus(surface: string): Envelope[];
  /** Ids of what this session has on the bus, the SDK's own reports with it. */
  idsOf(session: string): Set<string>;
  /** Ids of this surface's events, once for each time that the collector got them. */
  collected(surface: string): string[];
  close(): Promise<void>;
}

/** Starts all of it, on a bus of its own. */
export async function startBusStage(): Promise<BusStage> {
  const way = await startWay(startCollector);
  const [front, site, chromium] = await Promise.all([startFront(way.url), startSite(), sharedChromium()]);
  const passed: FrontRequest[] = [];
  front.fault = async (request) => {
    const fault = await stage.fault(request);
    if (fault === undefined || fault === "cut after") passed.push(request);
    return fault;
  };

  const stage: BusStage = {
    chromium,
    site,
    front,
    fault: () => undefined,
    newUser: () => chromium.browser.newContext(),
    async open(user, surface, options = {}) {
      const page = await user.newPage();
      await page.goto(`${site.url}/`);
      await startTracker(page, front.url, surface, options);
      return page;
    },
    onBus: (surface) => way.envelopes.filter(({ payload }) => payload.surface === surface),
    idsOf: (session) => new Set(way.envelopes.filter(({ metadata }) => metadata.session_id === session).map(({ id }) => id)),
    collected(surface) {
      const events = passed.flatMap(({ batch }) => batch.events ?? []);
      return events.filter((event) => event.surface === surface).map(({ event_id = "" }) => event_id);
    },
    async close() {
      await chromium.close();
      await Promise.all([front.close(), site.close()]);
      await way.close();
    },
  };
  return stage;
}
