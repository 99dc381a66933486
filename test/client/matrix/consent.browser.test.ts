import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumService, launchChromium, openChromium } from "../../services/chromium.ts";
import { PATIENCE, startTracker, stored } from "../stage/stage.ts";
import { startBusStage, type BusStage } from "./bus-stage.ts";
import type { FrontRequest } from "../stage/front.ts";
import { balanced, beginRow, make, named, settled, stats, type Row } from "./row.ts";

const chromium = await chromiumService();
const ALL = named(200);
let stage: BusStage;

/** Expects that the page's origin holds nothing of the SDK. */
async function expectNothingStored(page: Page): Promise<void> {
  const kept = await page.evaluate(async () => ({ databases: await indexedDB.databases(), keys: Object.keys(localStorage) }));
  expect(kept).toEqual({ databases: [], keys: [] });
}

/**
 * Expects that nothing of the row was sent, and that nothing is left to be sent: a tab with consent, on the same storage, would send it
 * along with its own event.
 */
async function expectNone({ surface, open, arrived }: Row): Promise<void> {
  const control = await open();
  await make(control, ["control"]);
  expect(await arrived(1)).toEqual(["control"]);
  await settled(control);
  expect(await stats(control)).toMatchObject({ tracked: 1, accepted: 1 });
  expect(stage.collected(surface)).toHaveLength(1);
}

describe.skipIf("missing" in chromium)(`delivery and consent${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startBusStage();
  });
  afterAll(() => stage.close());

  test("what was made before consent is delivered with it, and nothing is stored or sent before", async (context) => {
    const { open, surface, arrived, copies } = await beginRow(stage, context);
    const page = await open({ consent: "pending" });
    await make(page, ALL);
    await page.evaluate(() => tracker.flush());
    expect(await stats(page)).toMatchObject({ tracked: 200, queued: 200, accepted: 0 });
    expect(await page.evaluate(() => indexedDB.databases())).toEqual([]);
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    expect(stage.collected(surface)).toEqual([]);
    await page.evaluate(() => tracker.consent("granted"));
    expect(await arrived(200)).toEqual(ALL);
    await settled(page);
    expect(copies()).toBe(0);
  });

  test("where consent is denied from the start nothing is stored or sent", async (context) => {
    const row = await beginRow(stage, context);
    const page = await row.open({ consent: "denied" });
    await make(page, ALL);
    await page.evaluate(() => tracker.flush());
    expect(await stats(page)).toMatchObject({ tracked: 0, queued: 0, storage: "none" });
    await expectNothingStored(page);
    await page.close();
    await expectNone(row);
  });

  test("where consent is withdrawn, events that were queued offline are removed and never sent", async (context) => {
    const row = await beginRow(stage, context);
    const page = await row.open();
    await row.user.setOffline(true);
    await make(page, ALL);
    await expect.poll(() => stored(page), PATIENCE).toBe(200);
    await page.evaluate(() => tracker.consent("denied"));
    expect(await stats(page)).toMatchObject({ queued: 0, dropped: { consent: 200 }, storage: "none" });
    await expect.poll(() => page.evaluate(() => indexedDB.databases()), PATIENCE).toEqual([]);
    await expectNothingStored(page);
    await row.user.setOffline(false);
    await page.close();
    await expectNone(row);
  });

  test("where consent is withdrawn in another tab, what this one had queued is removed and never sent", async (context) => {
    const row = await beginRow(stage, context);
    const [page, other] = [await row.open(), await row.open()];
    await row.user.setOffline(true);
    await make(page, ALL);
    await make(other, named(200, "other"));
    await expect.poll(() => stored(page), PATIENCE).toBe(400);
    await other.evaluate(() => tracker.consent("denied"));
    for (const tab of [page, other]) {
      await expect.poll(() => stats(tab), PATIENCE).toMatchObject({ queued: 0, dropped: { consent: 200 }, storage: "none" });
    }
    await make(page, ["late"]);
    await expect.poll(() => page.evaluate(() => indexedDB.databases()), PATIENCE).toEqual([]);
    await expectNothingStored(page);
    await row.user.setOffline(false);
    await Promise.all([page.close(), other.close()]);
    await expectNone(row);
  });

  test("events that are being sent when consent is withdrawn are counted once, and their request is ended", async (context) => {
    const { surface, open } = await beginRow(stage, context);
    const page = await open();
    const asked = Promise.withResolvers<FrontRequest>();
    const released = Promise.withResolvers<"cut">();
    stage.fault = (request) => {
      asked.resolve(request);
      return released.promise;
    };
    // Sooner than a request without a response is given up anyway.
    const ended = page.waitForEvent("requestfailed", { timeout: 10_000 });
    await make(page, named(5));
    await asked.promise;
    await page.evaluate(() => tracker.consent("denied"));
    expect((await ended).failure()?.errorText).toBe("net::ERR_ABORTED");
    released.resolve("cut");
    stage.fault = () => undefined;
    expect(await balanced(page, stage, surface)).toEqual({ consent: 5 });
    await page.evaluate(() => tracker.consent("granted"));
    await make(page, ["later"]);
    await expect.poll(() => stage.onBus(surface).map(({ payload }) => payload.item_id), PATIENCE).toEqual(["later"]);
    expect(await balanced(page, stage, surface)).toEqual({ consent: 5 });
  });

  test("a grant, and then a denial, reach the other tab by a message, without IndexedDB and without localStorage", async (context) => {
    const { user, open, arrived } = await beginRow(stage, context);
    await user.addInitScript(() => {
      for (const name of ["indexedDB", "localStorage"]) {
        Object.defineProperty(globalThis, name, {
          get() {
            throw new DOMException("blocked", "SecurityError");
          },
        });
      }
    });
    const [page, other] = [await open({ consent: "pending" }), await open({ consent: "pending" })];
    await make(page, named(5));
    await make(other, named(5, "other"));
    await other.evaluate(() => tracker.consent("granted"));
    expect(await arrived(10)).toEqual([...named(5), ...named(5, "other")]);
    for (const tab of [page, other]) await settled(tab);
    await user.setOffline(true);
    await make(page, ["late"]);
    await other.evaluate(() => tracker.consent("denied"));
    await expect.poll(() => stats(page), PATIENCE).toMatchObject({ queued: 0, dropped: { consent: 1 }, storage: "none" });
  });

  test("under Global Privacy Control nothing is stored or sent, whatever consent says", async (context) => {
    const row = await beginRow(stage, context);
    const page = await row.user.newPage();
    await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    await page.goto(stage.site.url);
    await startTracker(page, stage.front.url, row.surface);
    await page.evaluate(() => tracker.consent("granted"));
    await make(page, ALL);
    await page.evaluate(() => tracker.flush());
    expect(await stats(page)).toMatchObject({ tracked: 0, queued: 0, storage: "none" });
    await expectNothingStored(page);
    await page.close();
    await expectNone(row);
  });

  test("a page that is prerendered and never activated stores and sends nothing", async (context) => {
    const { surface } = await beginRow(stage, context);
    const userDataDir = await mkdtemp(join(tmpdir(), "sightline-user-"));
    const page = `/page?endpoint=${encodeURIComponent(stage.front.url)}&surface=${surface}&likes=200`;
    const first = await openChromium(`${stage.site.url}/first?stay&prerender=${encodeURIComponent(page)}`, userDataDir);
    await expect.poll(() => stage.site.notes, PATIENCE).toEqual(["prerendered, databases 0, keys 0, queued 200"]);
    await first.close();
    const second = await launchChromium({ userDataDir });
    context.onTestFinished(async () => {
      await second.close();
      await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
    });
    const control = await stage.open(second.context, `${surface}.control`);
    await make(control, ["control"]);
    await expect.poll(() => stage.onBus(`${surface}.control`).length, PATIENCE).toBe(1);
    await settled(control);
    expect(await stats(control)).toMatchObject({ tracked: 1, accepted: 1 });
    expect(stage.collected(surface)).toEqual([]);
  });
});
