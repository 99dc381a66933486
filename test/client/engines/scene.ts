/**
 * The scene of one scenario: a site of an origin of its own, and so with a storage of its own, a network of its own in front of the one
 * collector, and a browser that others use too.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { TrackerStats } from "../../../client/src/delivery/stats.ts";
import type { Engine, EngineBrowser, Tab } from "../../services/engines/engine.ts";
import { untilTrue } from "../../services/engines/until-true.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import type { Way } from "../matrix/way.ts";
import { startFront, type Front } from "../stage/front.ts";
import { startSite } from "../stage/site.ts";
import type { Finding, Size } from "./scenario.ts";

/** Between two looks at the bus, milliseconds. */
const LOOK_MS = 20;

/** What a delivery is measured against. */
export interface Promised {
  expected: number;
  /** `performance.now()` of the moment from which it is counted. @default now */
  since?: number;
  /** Milliseconds within which all have to be on the bus. */
  withinMs: number;
  /** How much longer they are waited for, milliseconds. @default as the size says */
  graceMs?: number;
}

/** What a tracker has of its own. */
export interface OwnTracker {
  /** The surface of its request. @default the scene's */
  surface?: string;
  /** @default the SDK's */
  flushInterval?: number;
}

/** A scenario's scene. */
export interface Scene {
  engine: Engine;
  browser: EngineBrowser;
  size: Size;
  front: Front;
  /** The surface of the events that count. */
  surface: string;
  /** Address of the host page, without a slash at the end. */
  url: string;
  /** A tab of this browser, else of the shared one, with the host page and a tracker with a request for the surface. */
  open(options?: { browser?: EngineBrowser } & OwnTracker): Promise<Tab>;
  /** Makes the tracker of the page that a tab shows. */
  startTracker(tab: Tab, options?: OwnTracker): Promise<void>;
  /** The surface's envelopes that are on the bus. */
  onBus(): Envelope[];
  /** Waits for the events, and says what came of them. */
  delivery(promised: Promised): Promise<Finding>;
  /** Closes its tabs, its site and its network. */
  end(): Promise<void>;
}

let scenes = 0;

/** Sets the scene. */
export async function setScene(engine: Engine, browser: EngineBrowser, way: Way, size: Size): Promise<Scene> {
  const [front, site] = await Promise.all([startFront(way.url), startSite()]);
  const surface = `engines.scene${++scenes}`;
  const tabs: Tab[] = [];

  const onBus = (): Envelope[] => way.envelopes.filter(({ payload }) => payload.surface === surface);
  const ids = (): string[] => onBus().map(({ id }) => id);

  async function startTracker(tab: Tab, { surface: name = surface, ...more }: OwnTracker = {}): Promise<void> {
    await tab.evaluate(
      ([own, ownSurface]) => {
        globalThis.errors = [];
        globalThis.tracker = createTracker({
          unit: { type: "user", id: "u_1" },
          onError: (error) => errors.push(`${error.code}: ${error.message}`),
          ...own,
        });
        globalThis.request = tracker.request({ surface: ownSurface });
      },
      [{ endpoint: front.url, writeKey: "wk_demo", ...more }, name] as const,
    );
  }

  return {
    engine,
    browser,
    size,
    front,
    surface,
    url: site.url,
    startTracker,
    onBus,
    async open({ browser: own = browser, ...options } = {}) {
      const tab = await own.newTab();
      if (own === browser) tabs.push(tab);
      await tab.goto(`${site.url}/`);
      await startTracker(tab, options);
      return tab;
    },
    async delivery({ expected, since = performance.now(), withinMs, graceMs = size.graceMs }) {
      const end = since + withinMs + graceMs;
      while (new Set(ids()).size < expected && performance.now() < end) await sleep(LOOK_MS);
      const ms = Math.round(performance.now() - since);
      const delivered = new Set(ids()).size;
      const doubled = ids().length - delivered;
      const got = front.requests
        .flatMap(({ batch, isPassed }) => (isPassed ? batch.events : []))
        .filter((event) => event.surface === surface);
      const copies = got.length - new Set(got.map(({ event_id }) => event_id)).size;
      const problems: string[] = [];
      if (delivered < expected) problems.push(`${delivered} of ${expected} were on the bus after ${ms} ms`);
      else if (size.isTimed && ms > withinMs) problems.push(`all were on the bus after ${ms} ms, and not within ${withinMs}`);
      if (delivered > expected) problems.push(`${delivered} were on the bus, and only ${expected} were made`);
      if (doubled > 0) problems.push(`${doubled} were on the bus twice`);
      return { expected, delivered, doubled, copies, ms, problems };
    },
    async end() {
      front.fault = () => undefined;
      await Promise.all(tabs.map((tab) => tab.close().catch(() => {})));
      await Promise.all([front.close(), site.close()]);
    },
  };
}

/** Records so many outcomes in one task of the page. */
export async function make(tab: Tab, count: number, prefix = "i"): Promise<void> {
  await tab.evaluate(
    ([n, name]) => {
      for (let i = 1; i <= n; i++) request.outcome("like", { itemId: name + i });
    },
    [count, prefix] as const,
  );
}

/** What the page's tracker says of itself. */
export const statsOf = (tab: Tab): Promise<TrackerStats> => tab.evaluate(() => tracker.stats());

/** Waits until a request of the page's tracker has failed. */
export const untilFailed = (tab: Tab): Promise<void> =>
  untilTrue("a request that failed", async () => (await statsOf(tab)).retries > 0);
