import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { chromiumService, openChromium } from "../../services/chromium.ts";
import { PATIENCE, startTracker, stored } from "../stage/stage.ts";
import { startBusStage, type BusStage } from "./bus-stage.ts";
import { beginRow, make, named, settled, stats } from "./row.ts";

const chromium = await chromiumService();
const ALL = named(200);
let stage: BusStage;

/** Has the page's title say how it came back. */
async function noteReturn(page: Page): Promise<void> {
  await page.evaluate(() => addEventListener("pageshow", ({ persisted }) => (document.title = `persisted ${persisted}`)));
}

/** Goes on to a page where something is done, and returns. */
async function goAndReturn(page: Page, act: () => Promise<void>): Promise<void> {
  await page.goto(`${stage.site.url}/next`);
  await act();
  await page.goBack({ waitUntil: "commit" });
  await page.waitForFunction(() => document.title === "persisted true");
}

/**
 * Has several tabs of one user make events at once. Returns those and the ones that are on the bus, when every tab has its verdicts; and how
 * many were sent twice, but for those of the closed tab: what it posted as it went may still get out when its user is online again.
 */
async function useTabs(context: TestContext, tabs: number): Promise<{ made: string[]; names: string[]; copies: number }> {
  const { surface, user, open, arrived } = await beginRow(stage, context);
  const closed = await open();
  await user.setOffline(true);
  await make(closed, named(200, "closed"));
  await expect.poll(() => stored(closed), PATIENCE).toBe(200);
  await closed.close();
  await user.setOffline(false);
  const own = Array.from({ length: tabs }, (_, i) => named(200, `tab${i + 1}.`));
  const pages = await Promise.all(own.map(() => open()));
  await Promise.all(pages.map((page, i) => make(page, own[i]!)));
  const made = [...named(200, "closed"), ...own.flat()];
  const names = await arrived(made.length);
  for (const page of pages) await settled(page);
  const sent = stage.front.requests.flatMap(({ batch }) => batch.events ?? []).filter((event) => event.surface === surface);
  const ids = sent.filter(({ item_id = "" }) => !item_id.startsWith("closed")).map(({ event_id }) => event_id);
  return { made, names, copies: ids.length - new Set(ids).size };
}

describe.skipIf("missing" in chromium)(`delivery by pages${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startBusStage();
  });
  afterAll(() => stage.close());

  test("200 events made in a hidden tab are delivered while it is hidden", async (context) => {
    const { surface, arrived, copies } = await beginRow(stage, context);
    const { context: user } = stage.chromium;
    const tab = await stage.open(user, surface);
    const inFront = await user.newPage();
    await expect.poll(() => tab.evaluate(() => document.visibilityState), PATIENCE).toBe("hidden");
    await make(tab, ALL);
    expect(await arrived(200)).toEqual(ALL);
    expect(copies()).toBe(0);
    expect(await tab.evaluate(() => document.visibilityState)).toBe("hidden");
    await Promise.all([tab.close(), inFront.close()]);
  });

  test("two tabs at once deliver 200 events each, and those of a tab that was closed offline", async (context) => {
    const { made, names, copies } = await useTabs(context, 2);
    expect(names).toEqual(made);
    expect(copies).toBe(0);
  });

  test("five tabs at once deliver 200 events each, and those of a tab that was closed offline", async (context) => {
    const { made, names, copies } = await useTabs(context, 5);
    expect(names).toEqual(made);
    expect(copies).toBe(0);
  });

  test("200 events made before and after a stay in the back/forward cache are delivered", async (context) => {
    const { open, arrived, copies } = await beginRow(stage, context);
    const page = await open();
    await noteReturn(page);
    await make(page, named(100));
    await settled(page);
    await goAndReturn(page, async () => {});
    await make(page, named(200).slice(100));
    expect(await arrived(200)).toEqual(ALL);
    expect(copies()).toBe(0);
  });

  // Whether a page is kept is the browser's choice: it is tried again where it was not.
  test(
    "a page that comes back from the back/forward cache sends nothing of what the next page has delivered for it, and all that it makes at once",
    { retry: 2 },
    async (context) => {
      const { surface, open, arrived, copies } = await beginRow(stage, context);
      stage.fault = () => "cut";
      const page = await open();
      await noteReturn(page);
      await make(page, named(100));
      await expect.poll(async () => (await stats(page)).retries, PATIENCE).toBeGreaterThan(0);
      await page.evaluate(() =>
        addEventListener("pageshow", () => {
          for (let n = 101; n <= 150; n++) request.outcome("like", { itemId: `i${n}` });
        }),
      );
      // What is sent as the page goes is cut when it is in the cache.
      const gone = Promise.withResolvers<"cut">();
      stage.fault = () => gone.promise;
      await goAndReturn(page, async () => {
        stage.fault = () => undefined;
        await startTracker(page, stage.front.url, "matrix.next");
        await expect.poll(() => stage.onBus(surface).length, PATIENCE).toBe(100);
        gone.resolve("cut");
      });
      await make(page, named(200).slice(150));
      expect(await arrived(200)).toEqual(ALL);
      await settled(page);
      expect(copies()).toBe(0);
    },
  );

  test(
    "events of a request that nobody answers while the page is in the back/forward cache are sent again when it is back",
    { retry: 2 },
    async (context) => {
      const { open, arrived, copies } = await beginRow(stage, context);
      const page = await open();
      await noteReturn(page);
      const asked = Promise.withResolvers<void>();
      stage.fault = () => {
        asked.resolve();
        return new Promise(() => {});
      };
      await make(page, named(5));
      const flushing = page.evaluate(() => void tracker.flush().then(() => (document.title += ", flushed")));
      await Promise.all([asked.promise, flushing]);
      await goAndReturn(page, () => {
        stage.fault = () => undefined;
        return Promise.resolve();
      });
      // Well before the request itself would be given up.
      expect(await arrived(5, { timeout: 5_000, interval: 50 })).toEqual(named(5));
      await page.waitForFunction(() => document.title.endsWith("flushed"), undefined, { timeout: 5_000 });
      await settled(page);
      expect(copies()).toBe(0);
    },
  );

  test("a prerendered page delivers its events once it is activated, and sees nothing before", async (context) => {
    const { surface, arrived, copies } = await beginRow(stage, context);
    const page = `/page?endpoint=${encodeURIComponent(stage.front.url)}&surface=${surface}&likes=200`;
    const undriven = await openChromium(`${stage.site.url}/first?prerender=${encodeURIComponent(page)}`);
    context.onTestFinished(() => undriven.close());
    // The exposure of the item that is in view is the one without a name.
    expect(await arrived(201)).toEqual(["", ...ALL]);
    expect(copies()).toBe(0);
    const [before = "", activated = ""] = stage.site.notes;
    expect(before).toBe("prerendered, databases 0, keys 0, queued 200");
    expect(activated).toMatch(/^activated \d+$/);
    const activatedAt = Number(activated.split(" ")[1]);
    const sent = stage.front.requests.filter(({ batch }) => batch.events[0]?.surface === surface);
    const times = sent.map(({ batch }) => Date.parse(batch.sent_at ?? ""));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(activatedAt);
    const exposure = stage.onBus(surface).find(({ event_type }) => event_type === "exposure");
    expect(Date.parse(exposure?.payload.timestamp ?? "") - activatedAt).toBeGreaterThanOrEqual(990);
  });
});
