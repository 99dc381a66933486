/** What the tests of exposures share: a tab with the recorder in it, what has arrived from it, and whether the two agree. */
import { expect } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import type { Item } from "../../client/src/tracker/items.ts";
import type { Envelope } from "../../worker/src/envelope/envelope.ts";
import { recordViews } from "./exposure-recorder.ts";
import { PATIENCE, type PageOptions, type Stage } from "./stage/stage.ts";

declare global {
  /** Has the element observed by the SDK and watched by the recorder. */
  var show: (element: Element, item: Item) => void;
}

/** Seen for so long, in milliseconds, it is surely an exposure. Not much more than a second: a longer rule would show. */
export const SURE = 1_100;

/** Seen for less, in milliseconds, it is surely none. In between either is right, as the frames fell. */
const GLANCE = 900;

/** A tab. */
export interface ExposureTab {
  page: Page;
  /** Envelopes of exposures that have arrived. */
  exposures(): Envelope[];
  /** The items of those, but for controls. */
  exposed(): string[];
  /** Waits until these are exposed, and no other. */
  becomes(...items: string[]): Promise<void>;
  /** Waits for a fresh item in view to be exposed: what was due before it has been told by then. */
  control(): Promise<void>;
  /** Waits until the recorder has surely seen these. */
  looked(...names: string[]): Promise<void>;
  /** Expects that what was exposed is what the recorder has seen, each once; returns the items that it surely saw. */
  agree(): Promise<string[]>;
}

/** Opens a tab of a new user on the host page. */
export async function openExposureTab(stage: Stage, surface: string, options: PageOptions = {}): Promise<ExposureTab> {
  const user = await stage.newUser();
  await prepare(user);
  const page = await stage.openTab(user, surface, { flushInterval: 50, ...options });
  return exposureTab(stage, surface, page);
}

/** Puts the recorder into every page of this user. */
export async function prepare(user: BrowserContext): Promise<void> {
  await user.addInitScript(recordViews);
  await user.addInitScript(() => {
    globalThis.show = (element, item) => {
      watchView(element, item.itemId);
      request.observe(element, item);
    };
  });
}

/** The tab that a page is in, which was opened with the recorder. */
export function exposureTab(stage: Stage, surface: string, page: Page): ExposureTab {
  let controls = 0;
  const exposures = (): Envelope[] => stage.arrived(surface).filter(({ event_type }) => event_type === "exposure");
  const all = (): string[] => exposures().flatMap(({ payload }) => payload.items?.map(({ item_id }) => item_id) ?? []);
  const exposed = (): string[] => all().filter((item) => !item.startsWith("control "));
  const longest = (): Promise<[string, number][]> => page.evaluate(() => Object.entries(views()));

  async function control(): Promise<void> {
    const name = `control ${++controls}`;
    await page.evaluate((itemId) => {
      const item = document.createElement("div");
      item.textContent = itemId;
      item.style.cssText = "position:fixed;right:0;top:0;width:100px;height:20px";
      document.body.append(item);
      request.observe(item, { itemId, position: 99 });
    }, name);
    await expect.poll(all, PATIENCE).toContain(name);
  }

  return {
    page,
    exposures,
    exposed,
    control,
    becomes: (...items) => expect.poll(() => exposed().toSorted(), PATIENCE).toEqual(items.toSorted()),
    looked: (...names) =>
      expect
        .poll(async () => (await longest()).filter(([, ms]) => ms >= SURE).map(([name]) => name), PATIENCE)
        .toEqual(expect.arrayContaining(names)),
    async agree() {
      const sure = (await longest()).filter(([, ms]) => ms >= SURE).map(([name]) => name);
      await control();
      const found = exposed();
      const glanced = new Set((await longest()).filter(([, ms]) => ms < GLANCE).map(([name]) => name));
      expect(found).toEqual(expect.arrayContaining(sure));
      expect(found.filter((name) => glanced.has(name))).toEqual([]);
      expect(found).toHaveLength(new Set(found).size);
      return sure;
    },
  };
}
