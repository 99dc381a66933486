import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import type { SightlineRequest } from "../../client/src/tracker/request.ts";
import { chromiumService, launchChromium } from "../services/chromium.ts";
import { PATIENCE, startStage, startTracker, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
const HISTORY = "sightline-wk_demo~history";
const DAY = 24 * 3600 * 1000;
let stage: Stage;
let surface: string;
let user: BrowserContext;
let count = 0;

declare global {
  /** A second request. */
  var other: SightlineRequest;
}

const open = (from = user): Promise<Page> => stage.openTab(from, surface, { flushInterval: 50 });

/** Exposes an item, and returns the id of the request. */
const exposeIn = (page: Page, itemId: string, position = 1): Promise<string> =>
  page.evaluate(
    ([own, place]) => {
      request.exposed([{ itemId: own, position: place }]);
      return request.id;
    },
    [itemId, position] as const,
  );

/** Records a purchase that no request is known for, and returns it as it has arrived. */
async function buy(page: Page, itemId: string): Promise<unknown> {
  const before = stage.arrived(surface).length;
  await page.evaluate((own) => tracker.outcome("purchase", { itemId: own, metrics: { revenue: 3 } }), itemId);
  await expect.poll(() => stage.arrived(surface).some(isPurchase), PATIENCE).toBe(true);
  return stage.arrived(surface).slice(before).find(isPurchase)?.payload;
}

/** What Chromium has of localStorage on the disk; it writes some seconds late. */
async function committed(userDataDir: string): Promise<string> {
  const folder = join(userDataDir, "Default", "Local Storage", "leveldb");
  const logs = (await readdir(folder)).filter((name) => name.endsWith(".log"));
  return (await Promise.all(logs.map((name) => readFile(join(folder, name), "latin1")))).join("\n");
}

const isPurchase = ({ event_type }: { event_type: string }): boolean => event_type === "purchase";

const attributed = (page: Page, ...itemIds: string[]): Promise<string[]> =>
  page.evaluate((own) => tracker.attributionFor(own).map(({ itemId, requestId, by }) => `${itemId} ${by} ${requestId}`), itemIds);

describe.skipIf("missing" in chromium)(`attribution${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `attribution.s${++count}`;
    user = await stage.newUser();
    return () => user.close();
  });

  test("an outcome without a request goes to the exposure of its item: on the same page, on the next, and in another tab", async () => {
    const page = await open();
    const id = await exposeIn(page, "a", 4);
    const expected = { request_id: id, surface, item_id: "a", position: 4, metrics: { revenue: 3 } };
    expect(await buy(page, "a")).toMatchObject(expected);
    await page.goto(`${stage.site.url}/next`);
    await startTracker(page, stage.front.url, "attribution.other", { flushInterval: 50 });
    await page.evaluate(() => tracker.outcome("like", { itemId: "a" }));
    const tab = await stage.openTab(user, "attribution.other", { flushInterval: 50 });
    await tab.evaluate(() => tracker.outcome("rating", { itemId: "a", position: 7 }));
    const found = (type: string): unknown => stage.arrived(surface).find(({ event_type }) => event_type === type)?.payload;
    await expect.poll(() => found("like"), PATIENCE).toMatchObject({ request_id: id, position: 4 });
    await expect.poll(() => found("rating"), PATIENCE).toMatchObject({ request_id: id, position: 7 });
  });

  test("what was seen before the browser was closed is known when it is opened again", async () => {
    const userDataDir = await mkdtemp(join(tmpdir(), "sightline-user-"));
    const first = await launchChromium({ userDataDir });
    const id = await exposeIn(await open(first.context), "a");
    await expect.poll(() => committed(userDataDir), PATIENCE).toContain(id);
    await first.close();
    const second = await launchChromium({ userDataDir });
    const page = await stage.openTab(second.context, "attribution.other");
    expect(await attributed(page, "a")).toEqual([`a exposure ${id}`]);
    await second.close();
    await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  test("of exposures and clicks, in whatever request, the latest wins; other outcomes change nothing", async () => {
    const page = await open();
    const [first, second] = await page.evaluate((name) => {
      globalThis.other = tracker.request({ surface: name });
      request.exposed([{ itemId: "a", position: 1 }]);
      other.exposed([{ itemId: "a", position: 2 }]);
      return [request.id, other.id];
    }, surface);
    expect(await attributed(page, "a")).toEqual([`a exposure ${second}`]);
    await page.evaluate(() => request.outcome("click", { itemId: "a" }));
    expect(await attributed(page, "a")).toEqual([`a click ${first}`]);
    await page.evaluate(() => other.outcome("like", { itemId: "a" }));
    expect(await attributed(page, "a")).toEqual([`a click ${first}`]);
    expect(await buy(page, "a")).toMatchObject({ request_id: first, position: 1 });
    expect(await attributed(page, "a")).toEqual([`a click ${first}`]);
  });

  test("what was never seen is sent in no request, and the collector says so", async () => {
    const page = await open();
    const unit = `u_${surface}`;
    await page.evaluate((id) => {
      tracker.setUnit({ type: "user", id });
      tracker.outcome("purchase", { itemId: "never" });
    }, unit);
    // What has no surface is not found by one.
    const found = () => stage.arrived(undefined as unknown as string).find(({ payload }) => payload.unit_id === unit);
    await expect.poll(found, PATIENCE).toBeDefined();
    expect(found()?.payload).not.toHaveProperty("request_id");
    expect(found()?.payload).not.toHaveProperty("surface");
    expect(found()?.metadata.flags).toContain("missing_request_id");
  });

  test("attributionFor returns what a backend needs, in the order asked for, and leaves out what is not known", async () => {
    const page = await open();
    const found = await page.evaluate(() => {
      const before = Date.now();
      request.exposed([
        { itemId: "a", position: 1 },
        { itemId: "b", position: 2, placement: "side" },
      ]);
      request.outcome("click", { itemId: "b" });
      const list = tracker.attributionFor(["b", "unknown", "a"]);
      const inTime = list.every(({ at }) => at >= before && at <= Date.now());
      return { list: list.map(({ at: _at, ...rest }) => rest), inTime, id: request.id };
    });
    const common = { requestId: found.id, surface };
    expect(found.list).toEqual([
      { itemId: "b", position: 2, by: "click", ...common },
      { itemId: "a", position: 1, by: "exposure", ...common },
    ]);
    expect(found.inTime).toBe(true);
  });

  test("the latest 500 items are remembered, and no more", async () => {
    const page = await open();
    await page.evaluate(() => {
      for (let i = 0; i < 501; i++) request.exposed([{ itemId: `i${i}`, position: i + 1 }]);
      // Seen again in another request, the second is among the latest.
      tracker.request({ surface: request.surface }).exposed([{ itemId: "i1", position: 1 }]);
    });
    const stored = (): Promise<number> => page.evaluate((key) => JSON.parse(localStorage[key] ?? "[]").length, HISTORY);
    await expect.poll(stored, PATIENCE).toBe(500);
    const next = await stage.openTab(user, "attribution.other");
    expect((await attributed(next, "i0", "i1", "i2", "i500")).map((line) => line.split(" ")[0])).toEqual(["i1", "i2", "i500"]);
  });

  test("what was merely seen pushes out nothing that was clicked on", async () => {
    const page = await open();
    await page.evaluate(() => {
      request.exposed([{ itemId: "clicked", position: 1 }]);
      request.outcome("click", { itemId: "clicked" });
      // Seen again, which the 500 do push out.
      tracker.request({ surface: request.surface }).exposed([{ itemId: "clicked", position: 9 }]);
      for (let i = 0; i < 500; i++) request.exposed([{ itemId: `i${i}`, position: i + 1 }]);
    });
    const id = await page.evaluate(() => request.id);
    const next = await stage.openTab(user, "attribution.other");
    await expect.poll(() => attributed(next, "clicked"), PATIENCE).toEqual([`clicked click ${id}`]);
  });

  test("attribution belongs to a unit: another one finds its own alone, and after a reset nobody finds anything", async () => {
    const page = await open();
    const id = await exposeIn(page, "a");
    expect(await attributed(page, "a")).toEqual([`a exposure ${id}`]);
    const as = (unitId?: string): Promise<void> =>
      page.evaluate((own) => tracker.setUnit(own === undefined ? own : { type: "user", id: own }), unitId);
    await as("u_2");
    expect(await attributed(page, "a")).toEqual([]);
    await as();
    expect(await attributed(page, "a")).toEqual([]);
    await as("u_1");
    expect(await attributed(page, "a")).toEqual([`a exposure ${id}`]);
    expect(await page.evaluate((key) => localStorage[key], HISTORY)).not.toContain("u_1");
    await page.evaluate(() => tracker.reset());
    await as("u_1");
    expect(await attributed(page, "a")).toEqual([]);
    expect(await page.evaluate((key) => localStorage[key], HISTORY)).toBeUndefined();
  });

  test("what was seen 30 days ago is known no more", async () => {
    const page = await open();
    await exposeIn(page, "a");
    await exposeIn(page, "b");
    await stage.arrival(surface, 2);
    await page.evaluate(
      ([key, age]) => {
        const entries = JSON.parse(localStorage[key]);
        entries[0].at -= age + 1;
        entries[1].at -= age - 60_000;
        localStorage[key] = JSON.stringify(entries);
      },
      [HISTORY, 30 * DAY] as const,
    );
    const next = await stage.openTab(user, "attribution.other");
    expect((await attributed(next, "a", "b")).map((line) => line.split(" ")[0])).toEqual(["b"]);
  });

  test("a denial forgets what was seen, in every tab; before consent it is known to the page alone, and stored by none", async () => {
    const page = await open();
    const tab = await open();
    await exposeIn(page, "a");
    await expect.poll(() => attributed(tab, "a"), PATIENCE).toHaveLength(1);
    await page.evaluate(() => tracker.consent("denied"));
    expect(await attributed(page, "a")).toEqual([]);
    await expect.poll(() => attributed(tab, "a"), PATIENCE).toEqual([]);
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    const known = await page.evaluate((endpoint) => {
      const pending = createTracker({ endpoint, writeKey: "wk_demo", consent: "pending" });
      pending.request({ surface: "attribution.pending" }).exposed([{ itemId: "p", position: 1 }]);
      return pending.attributionFor(["p"]).length;
    }, stage.front.url);
    expect(known).toBe(1);
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
  });
});
