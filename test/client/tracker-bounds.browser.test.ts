import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import type { TrackerOptions } from "../../client/src/tracker/options.ts";
import type { WireEvent } from "../../client/src/wire/index.ts";
import { chromiumService } from "../services/chromium.ts";
import { PATIENCE, startStage, stored, type Stage } from "./stage/stage.ts";
import { everythingStored, flushed, merged, openHostPage, settled, startQuiet } from "./tracker-tab.ts";

const chromium = await chromiumService();
let stage: Stage;
let user: BrowserContext;
let page: Page;
let from: number;

/** Makes the page's tracker, and a request. */
async function start(options: Pick<TrackerOptions, "unit" | "maxQueue"> = {}): Promise<void> {
  await startQuiet(stage, page, options);
  await page.evaluate(() => {
    globalThis.request = tracker.request({ surface: "tracker.bounds" });
  });
}

const sent = async (): Promise<WireEvent[]> => merged(await flushed(stage, page, from));
/** Those that are not the SDK's own reports. */
const tracked = async (): Promise<WireEvent[]> => (await sent()).filter(({ event_type }) => event_type !== "client_report");
const stats = () => page.evaluate(() => tracker.stats());

describe.skipIf("missing" in chromium)(`bounds of the tracker${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    user = await stage.newUser();
    page = await openHostPage(stage, user);
    from = stage.front.requests.length;
    return () => user.close();
  });

  test("an event over 32 KiB, in bytes and with its context, is dropped as too large; one within goes", async () => {
    await start({ unit: { type: "user", id: "u_1" } });
    await page.evaluate(() => {
      const text = "€".repeat(1_300);
      tracker.track("like", { itemId: "within", payload: { texts: Array(8).fill(text) } });
      tracker.track("like", { itemId: "over", payload: { texts: Array(9).fill(text) } });
      tracker.setContext({ texts: Array(5).fill(text) });
      tracker.track("like", { itemId: "over with context", payload: { texts: Array(4).fill(text) } });
      tracker.setContext({});
    });
    expect.soft((await tracked()).map(({ item_id }) => item_id)).toEqual(["within"]);
    expect(await settled(page, 2)).toMatchObject({ tracked: 4, lost: ["too_large 2"] });
  });

  test("what JSON cannot carry is dropped, counted and told without its content, and its neighbours go", async () => {
    await start();
    await page.evaluate(() => {
      const cycle: Record<string, unknown> = { secret: 1 };
      cycle["own"] = cycle;
      tracker.track("like", { itemId: "a" });
      tracker.track("like", { itemId: "b", payload: cycle as never });
      tracker.track("like", { itemId: "c", payload: { n: 1n } as never });
      tracker.track("like", { itemId: "d" });
    });
    expect((await tracked()).map(({ item_id, seq }) => [item_id, seq])).toEqual([
      ["a", 1],
      ["d", 4],
    ]);
    expect(await settled(page, 3)).toMatchObject({ tracked: 5, lost: ["unserialisable 2"] });
    expect(await page.evaluate(() => errors)).toEqual(Array(2).fill("dropped: [sightline] 1 events: unserialisable"));
  });

  test("a number that JSON does not carry exactly is told by its field before anything is sent, and its neighbours go", async () => {
    await start();
    await page.evaluate(() => {
      tracker.track("like", { itemId: "a", metrics: { revenue: 0.1, most: Number.MAX_SAFE_INTEGER } });
      for (const value of [2 ** 53, -(2 ** 60), -0, NaN, Infinity]) tracker.track("like", { itemId: "b", metrics: { value } });
      tracker.track("like", { itemId: "c", payload: { deep: [{ order: Number("1234567890123456789") }] } });
      tracker.track("like", { itemId: "d", context: { order: 2 ** 53 } });
      tracker.track("like", { itemId: "e", payload: { order: "1234567890123456789" } });
    });
    expect((await tracked()).map(({ item_id }) => item_id)).toEqual(["a", "e"]);
    const found = await page.evaluate(() => errors.filter((text) => !text.startsWith("dropped")));
    const fields = [...Array<string>(5).fill("value"), "order", "order"];
    expect(found).toEqual(
      fields.map((name) => `wrong_call: [sightline] ${name}: expected a number that JSON carries exactly: send it as a string`),
    );
  });

  test("an item id that is none is not sent as one, and told once; a number's text is an id", async () => {
    await start();
    await page.evaluate(() => {
      const ids = [undefined, null, NaN, "", " ", "undefined", "[object Object]", "a ", "a\u0007", {}];
      for (const id of ids as string[]) {
        tracker.track("like", { itemId: id });
        tracker.outcome("click", { itemId: id });
        tracker.request({ surface: "s" }).exposed([{ itemId: id, position: 1 }]);
      }
      tracker.request({ surface: "s", requestId: "undefined" });
      tracker.track("like", { itemId: 42 as never });
    });
    expect((await tracked()).map(({ item_id }) => item_id)).toEqual(["42"]);
    expect(await page.evaluate(() => errors)).toEqual([
      expect.stringContaining("wrong_call: [sightline] itemId: expected a text, not"),
      expect.stringContaining("wrong_call: [sightline] expected an id like"),
    ]);
    expect(await page.evaluate(() => tracker.stats().tracked)).toBe(1);
  });

  test("a full queue gives up exposures before clicks and clicks before purchases, the oldest of them first", async () => {
    await start({ maxQueue: { events: 10 } });
    await user.setOffline(true);
    await page.evaluate(() => {
      for (let i = 0; i < 5; i++) {
        request.outcome("purchase", { itemId: `p${i}` });
        request.outcome("like", { itemId: `l${i}` });
        request.exposed([{ itemId: `e${i}`, position: i + 1 }]);
      }
    });
    await expect.poll(() => stored(page), PATIENCE).toBe(10);
    expect(await stats()).toMatchObject({ tracked: 15, queued: 10, dropped: { queue_full: 5 } });
    await page.evaluate(() => {
      for (let i = 5; i < 8; i++) request.outcome("purchase", { itemId: `p${i}` });
    });
    await expect.poll(async () => (await stats()).dropped, PATIENCE).toEqual({ queue_full: 8 });
    await user.setOffline(false);
    const items = (await tracked()).map(({ item_id }) => item_id);
    expect(items.filter((item) => item?.startsWith("l"))).toEqual(["l3", "l4"]);
    expect(items.filter((item) => item?.startsWith("p"))).toEqual(["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"]);
  });

  test("the queue is bounded in bytes too", async () => {
    await start({ maxQueue: { bytes: 20_000 } });
    await user.setOffline(true);
    await page.evaluate(() => {
      for (let i = 0; i < 30; i++) request.outcome("like", { itemId: `i${i}`, payload: { text: "x".repeat(1_000) } });
    });
    await expect.poll(async () => (await stats()).dropped.queue_full, PATIENCE).toBeGreaterThan(0);
    await expect.poll(async () => stored(page), PATIENCE).toBe((await stats()).queued);
    const { queued, dropped } = await stats();
    expect(queued + (dropped.queue_full ?? 0)).toBe(30);
    expect(queued).toBeGreaterThan(10);
    expect(queued).toBeLessThanOrEqual(19);
  });

  test("what was dropped is reported to the collector by cause, and nothing where nothing was, though events are taken over", async () => {
    await start();
    await user.setOffline(true);
    await page.evaluate(() => {
      for (let i = 0; i < 3; i++) request.outcome("like", { itemId: `i${i}` });
    });
    await expect.poll(() => stored(page), PATIENCE).toBe(3);
    await user.setOffline(false);
    await page.goto(`${stage.site.url}/next`);
    await start({ unit: { type: "user", id: "u_1" } });
    expect(await settled(page, 3)).toMatchObject({ tracked: 0, lost: [] });
    await page.evaluate(() => tracker.track("like", { itemId: "n", payload: { n: 1n } as never }));
    await page.evaluate(() => tracker.track("like", { itemId: "m" }));
    await sent();
    const reports = (await sent()).filter(({ event_type }) => event_type === "client_report");
    expect(reports.map(({ payload }) => payload)).toEqual([{ dropped: { unserialisable: 1 } }]);
    expect(await settled(page, 5)).toMatchObject({ lost: ["unserialisable 1"] });
  });

  test("a large body goes as gzip, a small one as it is, and the collector takes both", async () => {
    await start();
    await page.evaluate(() => tracker.track("like", { itemId: "small" }));
    await flushed(stage, page);
    await page.evaluate(() => {
      for (let i = 0; i < 50; i++) tracker.track("like", { itemId: `i${i}` });
    });
    await flushed(stage, page);
    const [small, large] = stage.front.requests.slice(from);
    expect(small?.path).not.toContain("gzip");
    expect(large?.path).toMatch(/&z=gzip$/);
    expect(large?.headers["content-type"]).toBe("text/plain");
    expect(large!.bytes * 4).toBeLessThan(JSON.stringify(large?.batch).length);
    expect(await settled(page, 51)).toMatchObject({ lost: [], retries: 0 });
  });

  test("with wrong options the page is told on its console, and nothing is thrown, stored or sent", async () => {
    const told: string[] = [];
    page.on("console", (message) => told.push(`${message.type()} ${message.text()}`));
    const after = await page.evaluate(async () => {
      const wrong = createTracker({ endpoint: "example.com", writeKey: "", viewability: { threshold: 50 } });
      const own = wrong.request({ surface: "tracker.wrong" });
      own.observe(document.querySelector("#top")!, { itemId: "a", position: 1 })();
      own.outcome("click", { itemId: "a" });
      wrong.consent("granted");
      await wrong.flush();
      await wrong.close();
      createTracker(undefined as never).track("like", { itemId: "a" });
      return { stats: wrong.stats(), databases: (await indexedDB.databases()).length };
    });
    expect(after).toMatchObject({ stats: { tracked: 0, queued: 0, storage: "none" }, databases: 0 });
    expect(await everythingStored(page)).toBe("{}\n{}\n");
    expect(stage.front.requests.slice(from)).toEqual([]);
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/^error \[sightline\] nothing is recorded: /);
    for (const name of ["endpoint:", "writeKey:", "viewability.threshold:"]) expect(told[0]).toContain(name);
  });
});
