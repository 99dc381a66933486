/**
 * The stage of the delivery matrix: a real Chromium, the host page, a network that a test can break, and behind it the whole way to the
 * bus: the collector in workerd with its queue, and a relay in a process of its own.
 */
import type { BrowserContext, Page } from "playwright-core";
import type { TrackerOptions } from "../../../client/src/tracker/options.ts";
import { HIGH_LIMITS, startCollector } from "../../services/collector.ts";
import { startRelayProcess } from "../../../dev/relay-process.ts";
import { untilTaking } from "../../../dev/until-taking.ts";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import { ENVELOPE_TYPES } from "../../../relay/bus/port/topics.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import { dataFolder } from "../../e2e/stack-process.ts";
import { sharedChromium, type SharedChromium } from "../../services/shared-chromium.ts";
import { startFront, type Fault, type Front, type FrontRequest } from "../stage/front.ts";
import { startSite, type Site } from "../stage/site.ts";
import { startTracker, type PageOptions } from "../stage/stage.ts";

const RELAY_TOKEN = "token-of-the-matrix";

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
  const { dataDir, remove } = dataFolder();
  const env = { EVENT_PUBLISHER: "local", DATA_DIR: dataDir, RELAY_TOKEN, RELAY_PORT: "0", LOG_LEVEL: "warn" };
  const relay = await startRelayProcess({ env });
  await untilTaking(relay.url, console.error, new AbortController().signal);
  const bus = followBus(dataDir);
  const collector = await startCollector({ relayUrl: relay.url, relayToken: RELAY_TOKEN, limits: HIGH_LIMITS });
  const [front, site, chromium] = await Promise.all([startFront(collector.url), startSite(), sharedChromium()]);
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
    onBus: (surface) => bus.envelopes.filter(({ payload }) => payload.surface === surface),
    idsOf: (session) => new Set(bus.envelopes.filter(({ metadata }) => metadata.session_id === session).map(({ id }) => id)),
    collected(surface) {
      const events = passed.flatMap(({ batch }) => batch.events ?? []);
      return events.filter((event) => event.surface === surface).map(({ event_id = "" }) => event_id);
    },
    async close() {
      await chromium.close();
      await Promise.all([collector.close(), front.close(), site.close()]);
      await relay.stop();
      await bus.stop();
      remove();
    },
  };
  return stage;
}

/** Reads the bus as any reader does, and goes on until it is stopped. */
function followBus(dataDir: string): { envelopes: Envelope[]; stop: () => Promise<void> } {
  const envelopes: Envelope[] = [];
  const reading = new AbortController();
  const topics = [...ENVELOPE_TYPES];
  const bus = createLocalBus({ dataDir, dlqSuffix: ".dlq" });
  const read = async (): Promise<void> => {
    for await (const { value } of bus.read({ topics, follow: true, signal: reading.signal })) {
      envelopes.push(JSON.parse(value.toString()) as Envelope);
    }
  };
  const done = read();
  return {
    envelopes,
    stop() {
      reading.abort();
      return done;
    },
  };
}
