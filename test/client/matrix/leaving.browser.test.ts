import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { chromiumService, launchChromium } from "../../services/chromium.ts";
import { PATIENCE } from "../stage/stage.ts";
import { startBusStage, type BusStage } from "./bus-stage.ts";
import { beginRow, make, named, stats } from "./row.ts";

const chromium = await chromiumService();
const FEW = named(50);
const ALL = named(200);
/** The visit after a kill: the claim of what was killed ends within it. */
const NEXT_VISIT = { timeout: 15_000, interval: 100 };
/** The longest that a row with a kill may take, milliseconds. */
const LONG = 180_000;
let stage: BusStage;

/** Has a user act in a browser, kills it after a while, and opens it again on what it left. */
async function killBrowser(
  context: TestContext,
  surface: string,
  ms: number,
  act: (user: BrowserContext, page: Page) => Promise<void>,
): Promise<void> {
  const userDataDir = await mkdtemp(join(tmpdir(), "sightline-user-"));
  const first = await launchChromium({ userDataDir });
  const page = await stage.open(first.context, surface);
  // A page that has been there for a while: its database is open.
  await page.evaluate(() => tracker.flush());
  await act(first.context, page);
  await sleep(ms);
  await first.kill();
  expect(stage.collected(surface)).toEqual([]);
  const second = await launchChromium({ userDataDir });
  context.onTestFinished(async () => {
    await second.close();
    await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  await stage.open(second.context, "matrix.reopened");
}

/** Waits until the tab is hidden. */
async function hide(tab: Page, inFront: () => Promise<unknown>): Promise<void> {
  await tab.evaluate(() => document.addEventListener("visibilitychange", () => console.log("hidden")));
  const hidden = tab.waitForEvent("console");
  await inFront();
  await hidden;
}

describe.skipIf("missing" in chromium)(`delivery by pages that go${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startBusStage();
  });
  afterAll(() => stage.close());

  test("events made offline in a tab that is closed are delivered when the page is opened again", async (context) => {
    const { user, open, arrived, copies } = await beginRow(stage, context);
    const page = await open();
    await user.setOffline(true);
    await make(page, ALL);
    await expect.poll(async () => (await stats(page)).retries, PATIENCE).toBeGreaterThan(0);
    await page.close();
    await user.setOffline(false);
    await stage.open(user, "matrix.reopened");
    expect(await arrived(200)).toEqual(ALL);
    expect(copies()).toBe(0);
  });

  test("50 events right before a navigation are delivered, though the next page has no tracker", async (context) => {
    const { open, arrived } = await beginRow(stage, context);
    const page = await open();
    await page.evaluate((names) => {
      for (const itemId of names) request.outcome("like", { itemId });
      location.href = "about:blank";
    }, FEW);
    expect(await arrived(50)).toEqual(FEW);
  });

  test("50 events right before the tab is closed are delivered, though no other is opened", async (context) => {
    const { open, arrived } = await beginRow(stage, context);
    const page = await open();
    await Promise.all([make(page, FEW), page.close()].map((done) => done.catch(() => {})));
    expect(await arrived(50)).toEqual(FEW);
  });

  describe.concurrent("where something is killed", () => {
    test(
      "50 events of a tab that is hidden and at once killed are delivered within 15 s of the next page",
      { timeout: LONG },
      async (context) => {
        const { surface, arrived } = await beginRow(stage, context);
        const { context: user } = stage.chromium;
        const tab = await stage.open(user, surface);
        await make(tab, FEW);
        await hide(tab, () => user.newPage());
        const devtools = await user.newCDPSession(tab);
        const crashed = tab.waitForEvent("crash");
        void devtools.send("Page.crash").catch(() => {});
        await crashed;
        await stage.open(user, "matrix.reopened");
        expect(await arrived(50, NEXT_VISIT)).toEqual(FEW);
      },
    );

    test(
      "50 events made offline 100 ms before the browser is killed are delivered within 15 s of the next visit",
      { timeout: LONG },
      async (context) => {
        const { surface, arrived } = await beginRow(stage, context);
        await killBrowser(context, surface, 100, async (user, page) => {
          await user.setOffline(true);
          await make(page, FEW);
        });
        expect(await arrived(50, NEXT_VISIT)).toEqual(FEW);
      },
    );

    test(
      "50 events that could not be sent for 8 s before the browser is killed are delivered within 15 s of the next visit",
      { timeout: LONG },
      async (context) => {
        const { surface, arrived, copies } = await beginRow(stage, context);
        await killBrowser(context, surface, 8_000, async (user, page) => {
          await user.setOffline(true);
          await make(page, FEW);
        });
        expect(await arrived(50, NEXT_VISIT)).toEqual(FEW);
        expect(copies()).toBe(0);
      },
    );
  });
});
