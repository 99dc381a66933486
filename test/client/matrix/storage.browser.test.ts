import type { Frame, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumService } from "../../services/chromium.ts";
import { PATIENCE, startTracker, stored } from "../stage/stage.ts";
import { startBusStage, type BusStage } from "./bus-stage.ts";
import { balanced, beginRow, make, named, settled, stats } from "./row.ts";

const chromium = await chromiumService();
const ALL = named(200);
let stage: BusStage;

/** Deletes the SDK's database, as the site's own code may; resolves when it is gone. */
async function deleteDatabase(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        indexedDB.deleteDatabase("sightline-wk_demo").addEventListener("success", () => resolve());
      }),
  );
}

/** A page of the site, in a frame that may use no storage. */
async function openWithoutStorage(page: Page): Promise<Frame> {
  await page.goto(stage.site.url);
  const [frame] = await Promise.all([
    page.waitForEvent("framenavigated", { predicate: (one) => one.url().endsWith("/framed") }),
    page.evaluate(() => {
      const sandboxed = document.createElement("iframe");
      sandboxed.sandbox.add("allow-scripts");
      sandboxed.src = "/framed";
      document.body.append(sandboxed);
    }),
  ]);
  await frame.waitForFunction(() => typeof createTracker === "function");
  return frame;
}

describe.skipIf("missing" in chromium)(`delivery without storage${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startBusStage();
  });
  afterAll(() => stage.close());

  test("where the quota is full 200 events go by memory, which is said, and are delivered", async (context) => {
    const { user, surface, arrived, copies } = await beginRow(stage, context);
    const page = await user.newPage();
    await page.goto(stage.site.url);
    const devtools = await user.newCDPSession(page);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: stage.site.url, quotaSize: 1 });
    await startTracker(page, stage.front.url, surface);
    await make(page, ALL);
    expect(await arrived(200)).toEqual(ALL);
    await settled(page);
    expect(await stats(page)).toMatchObject({ storage: "memory", accepted: 200, dropped: {} });
    expect(await page.evaluate(() => errors)).toEqual([expect.stringMatching(/^storage_blocked: .*quota/i)]);
    expect(copies()).toBe(0);
  });

  test("where storage is blocked 200 events go by memory, which is said, and are delivered", async (context) => {
    const { user, surface, arrived, copies } = await beginRow(stage, context);
    const frame = await openWithoutStorage(await user.newPage());
    await startTracker(frame, stage.front.url, surface);
    await make(frame, ALL);
    expect(await arrived(200)).toEqual(ALL);
    await settled(frame);
    expect(await stats(frame)).toMatchObject({ storage: "memory", accepted: 200, dropped: {} });
    expect(await frame.evaluate(() => errors)).toEqual([expect.stringContaining("storage_blocked")]);
    expect(copies()).toBe(0);
  });

  test("where the site deletes the database at log-out, both open tabs write what waits into a new one, go on, and deliver it", async (context) => {
    const { surface, open, user, arrived } = await beginRow(stage, context);
    const [page, other] = [await open(), await stage.open(user, `${surface}.other`)];
    stage.fault = () => "cut";
    await make(page, named(100));
    await make(other, named(100, "other"));
    await expect.poll(() => stored(page), PATIENCE).toBe(200);
    await deleteDatabase(page);
    await make(page, ALL.slice(100));
    await expect.poll(() => stored(page), PATIENCE).toBe(300);
    expect(await stats(page)).toMatchObject({ tracked: 200, queued: 200, storage: "indexeddb" });
    stage.fault = () => undefined;
    await Promise.all([page, other].map((tab) => tab.evaluate(() => tracker.flush())));
    expect(await arrived(200)).toEqual(ALL);
    expect(await balanced(page, stage, surface)).toEqual({});
    expect(await balanced(other, stage, `${surface}.other`)).toEqual({});
  });

  test("where the browser clears the site's storage at log-out, what waits is written again, and outlives its tab", async (context) => {
    const { surface, open, user, arrived } = await beginRow(stage, context);
    const page = await open();
    stage.fault = () => "cut";
    await make(page, named(100));
    await expect.poll(() => stored(page), PATIENCE).toBe(100);
    const left = await page.evaluate(async () => {
      localStorage.setItem("of the site", "1");
      await fetch("/log-out");
      return localStorage.length;
    });
    expect(left).toBe(0);
    await expect.poll(() => stored(page), PATIENCE).toBe(100);
    await make(page, ALL.slice(100));
    await expect.poll(() => stored(page), PATIENCE).toBe(200);
    expect(await stats(page)).toMatchObject({ tracked: 200, accepted: 0, queued: 200 });
    await page.close();
    stage.fault = () => undefined;
    const next = await stage.open(user, `${surface}.next`);
    expect(await arrived(200)).toEqual(ALL);
    await settled(next);
    expect((await stats(next)).dropped).toEqual({});
  });

  test("events that a page had left in a database that was deleted before the next page came are counted there", async (context) => {
    const { surface, user } = await beginRow(stage, context);
    const page = await user.newPage();
    await page.goto(stage.site.url);
    // As a page that had 100 events in IndexedDB notes it when it goes.
    const saved = Array.from({ length: 100 }, (_, i) => i + 1);
    const note = JSON.stringify({ left: [], saved, born: 1, until: 0 });
    await page.evaluate((text) => localStorage.setItem("sightline-wk_demo:gone", text), note);
    await startTracker(page, stage.front.url, surface);
    await expect.poll(async () => (await stats(page)).dropped, PATIENCE).toEqual({ wiped: 100 });
    expect(await page.evaluate(() => Object.keys(localStorage))).not.toContain("sightline-wk_demo:gone");
  });

  test("where storage is blocked and the tab is closed offline, the queue ends with it, as it was said", async (context) => {
    const { user, surface, open, arrived } = await beginRow(stage, context);
    const page = await user.newPage();
    const frame = await openWithoutStorage(page);
    await startTracker(frame, stage.front.url, surface);
    // The browser's "offline" does not hold for what a page sends as it goes.
    stage.fault = ({ batch }) => (batch.events[0]?.item_id === "control" ? undefined : "cut");
    await user.setOffline(true);
    await make(frame, ALL);
    await expect.poll(() => stats(frame), PATIENCE).toMatchObject({ storage: "memory", queued: 200 });
    await page.close();
    await user.setOffline(false);
    const reopened = await open();
    await make(reopened, ["control"]);
    expect(await arrived(1)).toEqual(["control"]);
    // What had been left would be in this tab's queue.
    await expect.poll(() => stats(reopened), PATIENCE).toMatchObject({ tracked: 1, accepted: 1, queued: 0 });
  });
});
