import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Envelope } from "../../worker/src/envelope/envelope.ts";
import { chromiumService } from "../services/chromium.ts";
import { PATIENCE, startStage, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
let stage: Stage;
let surface: string;
let page: Page;
let count = 0;

const exposures = (): Envelope[] => stage.arrived(surface).filter(({ event_type }) => event_type === "exposure");
const exposedItems = (): string[] => exposures().flatMap(({ payload }) => payload.items?.map(({ item_id }) => item_id) ?? []);

/** Waits for a fresh item in view to be exposed: what was due before it has been told by then. */
async function control(name: string): Promise<void> {
  await page.evaluate((itemId) => {
    const item = document.createElement("div");
    item.className = "item";
    item.textContent = itemId;
    item.style.cssText = "position:fixed;left:400px;top:0";
    document.body.append(item);
    request.observe(item, { itemId, position: 9 });
  }, name);
  await expect.poll(exposedItems, PATIENCE).toContain(name);
}

describe.skipIf("missing" in chromium)(`exposures${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `exposure.s${++count}`;
    page = await stage.openTab(await stage.newUser(), surface, { flushInterval: 50 });
    return () => page.context().close();
  });

  test("an item in view is exposed once, after one second and not before", async () => {
    const shownAt = await page.evaluate(() => {
      request.observe(document.querySelector("#top")!, {
        itemId: "a",
        position: 1,
        score: 0.5,
        propensity: 0.25,
        placement: "p",
      });
      return Date.now();
    });
    const [exposure] = await stage.arrival(surface, 1);
    expect(exposure?.payload.items).toEqual([
      { item_id: "a", position: 1, score: 0.5, propensity: 0.25, placement: "p", basis: "viewable" },
    ]);
    expect(Date.parse(exposure?.payload.timestamp ?? "") - shownAt).toBeGreaterThanOrEqual(995);
    await control("later");
    expect(exposedItems()).toEqual(["a", "later"]);
  });

  test("items that are seen in the same moment make one event", async () => {
    await page.evaluate(() => {
      document.querySelector("#room")!.innerHTML = `<div class="item" id="second">second</div>`;
      request.observe(document.querySelector("#top")!, { itemId: "a", position: 1 });
      request.observe(document.querySelector("#second")!, { itemId: "b", position: 2 });
    });
    const [exposure] = await stage.arrival(surface, 1);
    expect(exposure?.payload.items?.map(({ item_id }) => item_id)).toEqual(["a", "b"]);
  });

  test("an item below the fold is exposed only once it was scrolled to", async () => {
    await page.evaluate(() => request.observe(document.querySelector("#below")!, { itemId: "below", position: 2 }));
    await control("above");
    expect(exposedItems()).toEqual(["above"]);
    await page.evaluate(() => document.querySelector("#below")!.scrollIntoView());
    await expect.poll(exposedItems, PATIENCE).toEqual(["above", "below"]);
  });

  test("an item that is scrolled away before its second is up is not exposed, and starts again when it is back", async () => {
    const passed = await page.evaluate(async () => {
      const row = document.querySelector("#below")!;
      // On a machine that is slow at the moment the item is in view for longer than planned: then it counts, and another one is tried.
      for (let attempt = 1; ; attempt++) {
        request.observe(row, { itemId: `passed ${attempt}`, position: 1 });
        const from = performance.now();
        row.scrollIntoView();
        await new Promise((resolve) => setTimeout(resolve, 300));
        scrollTo(0, 0);
        await new Promise(requestAnimationFrame);
        if (performance.now() - from < 900) return `passed ${attempt}`;
      }
    });
    await control("stays");
    expect(exposedItems()).not.toContain(passed);
    await page.evaluate(() => document.querySelector("#below")!.scrollIntoView());
    await expect.poll(exposedItems, PATIENCE).toContain(passed);
  });

  test("an item in a hidden tab is not exposed; its second begins when the tab is shown", async () => {
    const tab = await stage.openTab(stage.chromium.context, surface, { flushInterval: 50 });
    const other = await stage.chromium.context.newPage();
    await tab.waitForFunction(() => document.visibilityState === "hidden");
    await tab.evaluate(() => request.observe(document.querySelector("#top")!, { itemId: "a", position: 1 }));
    await control("elsewhere");
    expect(exposedItems()).toEqual(["elsewhere"]);
    const shown = tab.evaluate(
      () =>
        new Promise<number>((resolve) =>
          document.addEventListener("visibilitychange", () => resolve(Date.now()), { once: true }),
        ),
    );
    await tab.bringToFront();
    await expect.poll(exposedItems, PATIENCE).toEqual(["elsewhere", "a"]);
    expect(Date.parse(exposures()[1]?.payload.timestamp ?? "") - (await shown)).toBeGreaterThanOrEqual(995);
    await Promise.all([tab.close(), other.close()]);
  });

  test("a skeleton without area is not exposed; the content that replaces it is", async () => {
    await page.evaluate(() => {
      document.querySelector("#room")!.innerHTML = `<div id="empty"></div>`;
      request.observe(document.querySelector("#empty")!, { itemId: "late", position: 1 });
    });
    await control("other");
    expect(exposedItems()).toEqual(["other"]);
    await page.evaluate(() => {
      document.querySelector("#empty")!.innerHTML = `<div class="item">late</div>`;
    });
    await expect.poll(exposedItems, PATIENCE).toEqual(["other", "late"]);
  });

  test("an item that is mounted again, resumed, or observed on two elements is exposed once", async () => {
    await page.evaluate(() => {
      const item = { itemId: "a", position: 1 };
      const top = document.querySelector("#top")!;
      request.observe(top, item)();
      request.observe(top, item);
      document.querySelector("#room")!.innerHTML = `<div class="item" id="second">second</div>`;
      request.observe(document.querySelector("#second")!, item);
    });
    await expect.poll(exposedItems, PATIENCE).toEqual(["a"]);
    await page.evaluate(() => {
      const again = tracker.resume(JSON.parse(JSON.stringify(request)));
      again.observe(document.querySelector("#top")!, { itemId: "a", position: 1 });
      again.exposed([{ itemId: "a", position: 1 }]);
    });
    await control("later");
    expect(exposedItems()).toEqual(["a", "later"]);
  });

  test("a row that is recycled for another item exposes the new one, and not the old", async () => {
    await page.evaluate(() => {
      const row = document.querySelector("#top")!;
      const item = { itemId: "old", position: 1 };
      request.observe(row, item);
      item.itemId = "new";
      request.observe(row, item);
    });
    await control("later");
    expect(exposedItems()).toEqual(["new", "later"]);
  });
});
