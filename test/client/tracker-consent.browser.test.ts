import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import type { TrackerOptions } from "../../client/src/tracker/options.ts";
import { chromiumService } from "../services/chromium.ts";
import { PATIENCE, startStage, stored, type Stage } from "./stage/stage.ts";
import { everythingStored, openHostPage, settled } from "./tracker-tab.ts";

const chromium = await chromiumService();
/** What {@link everythingStored} returns where nothing is. */
const NOTHING = "{}\n{}\n";
let stage: Stage;
let user: BrowserContext;
let surface: string;
let count = 0;

/** Makes the page's tracker, and has it see, and be clicked on. */
async function use(page: Page, options: Pick<TrackerOptions, "consent" | "respectGpc"> = {}, own = surface): Promise<void> {
  await page.evaluate(
    ([endpoint, name, given]) => {
      globalThis.tracker = createTracker({ endpoint, writeKey: "wk_demo", flushInterval: 50, ...given });
      globalThis.request = tracker.request({ surface: name });
      request.observe(document.querySelector("#top")!, { itemId: "seen", position: 1 });
      request.outcome("like", { itemId: "liked" });
    },
    [stage.front.url, own, options] as const,
  );
}

/** Waits for longer than an exposure, a flush and a commit take: until another user's have arrived. */
async function control(): Promise<void> {
  const other = await openHostPage(stage, await stage.newUser());
  await use(other, {}, `${surface}.control`);
  await stage.arrival(`${surface}.control`, 2);
  await other.context().close();
}

describe.skipIf("missing" in chromium)(`consent${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `tracker.consent${++count}`;
    user = await stage.newUser();
    return () => user.close();
  });

  test("where the browser says Global Privacy Control nothing is recorded, stored or sent, unless the page sets respectGpc to false", async () => {
    await user.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    const page = await openHostPage(stage, user);
    await use(page);
    await page.evaluate(() => tracker.consent("granted"));
    await control();
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ tracked: 0, queued: 0, storage: "none" });
    expect(await everythingStored(page)).toBe(NOTHING);
    expect(stage.sent(surface)).toEqual([]);
    await use(page, { respectGpc: false });
    await stage.arrival(surface, 2);
  });

  test("before consent events wait in memory alone, and with it they are stored and sent", async () => {
    const page = await openHostPage(stage, user);
    await use(page, { consent: "pending" });
    await control();
    expect(await everythingStored(page)).toBe(NOTHING);
    expect(stage.sent(surface)).toEqual([]);
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ tracked: 2, queued: 2 });
    await page.evaluate(() => tracker.consent("granted"));
    await stage.arrival(surface, 2);
    expect(await settled(page, 2)).toMatchObject({ lost: [], storage: "indexeddb" });
  });

  test("a denial removes what waits, counts it, and ends the second of what is in view", async () => {
    const page = await openHostPage(stage, user);
    await user.setOffline(true);
    await use(page);
    await expect.poll(() => stored(page), PATIENCE).toBe(1);
    await page.evaluate(() => tracker.consent("denied"));
    await user.setOffline(false);
    await control();
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ tracked: 1, queued: 0, dropped: { consent: 1 } });
    expect(await page.evaluate(() => request.items().map(({ state }) => state))).not.toContain("seen");
    expect(await everythingStored(page)).toBe(NOTHING);
    expect(stage.arrived(surface)).toEqual([]);
  });
});
