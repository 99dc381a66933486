import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { chromiumService } from "../services/chromium.ts";
import { leave, left, SESSION } from "./left-behind.ts";
import { PATIENCE, startStage, startTracker, stored, track, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
const DAY = 24 * 3600 * 1000;
let stage: Stage;

/** Takes over, and delivers, what the page's tab has in IndexedDB, as another tab does once the claim of this one has expired. */
async function takeOver(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open("sightline-wk_demo");
        opening.addEventListener("success", () => {
          const transaction = opening.result.transaction("events", "readwrite");
          const store = transaction.objectStore("events");
          store.delete(IDBKeyRange.lowerBound([]));
          const reading = store.get("claims");
          reading.addEventListener("success", () => {
            const { "": born } = reading.result as Record<string, number>;
            store.put({ "": born, other: Date.now() + 60_000 }, "claims");
          });
          transaction.addEventListener("complete", () => {
            opening.result.close();
            resolve();
          });
        });
      }),
  );
}

describe.skipIf("missing" in chromium)(`claims${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());

  test("what another tab is sending is left to it, unless its claim has expired or lies further ahead than a claim can", async () => {
    const surface = "claims.expiry";
    const page = await (await stage.newUser()).newPage();
    await page.goto(stage.site.url);
    const events = ["busy", "killed", "ahead"].map((tab, i) => left(tab, surface, i + 1, 60_000));
    await leave(page, events, { busy: Date.now() + 60_000, killed: Date.now() - 1, ahead: Date.now() + DAY });
    await startTracker(page, stage.front.url, "claims.own");
    await expect.poll(() => stage.sent(surface), PATIENCE).toEqual([`${SESSION}-2`, `${SESSION}-3`]);
    await expect.poll(() => stored(page), PATIENCE).toBe(1);
  });

  test("what a tab has just kept is left to it for a while, and taken over when the tab has gone", async () => {
    const surface = "claims.fresh";
    const page = await (await stage.newUser()).newPage();
    await page.goto(stage.site.url);
    const until = Date.now() + 4_000;
    await leave(page, [left("gone", surface, 1, 0)], { gone: until });
    await startTracker(page, stage.front.url, "claims.own");
    const [taken] = await stage.arrival(surface, 1);
    expect(Date.parse(taken?.received_at ?? "")).toBeGreaterThanOrEqual(until);
    await expect.poll(() => stored(page), PATIENCE).toBe(0);
  });

  test("what is older than 7 days has been left under a wrong clock, or for long: it gets that time once more, and no third time", async () => {
    const surface = "claims.age";
    const page = await (await stage.newUser()).newPage();
    await page.goto(stage.site.url);
    const late = { ...left("gone", surface, 3, 8 * DAY), late: true };
    await leave(page, [left("gone", surface, 1, 40 * DAY), left("gone", surface, 2, 6 * DAY), late], { gone: 0 });
    await startTracker(page, stage.front.url, "claims.own");
    await stage.arrival(surface, 2);
    await expect
      .poll(() => page.evaluate(() => tracker.stats()), PATIENCE)
      .toMatchObject({ tracked: 1, accepted: 3, dropped: { unknown: 1 }, queued: 0 });
    expect(stage.sent(surface)).toEqual([`${SESSION}-1`, `${SESSION}-2`]);
  });

  test("what a tab has spilled as it went is sent by one of five tabs that start at once", async () => {
    const surface = "claims.spill";
    const user = await stage.newUser();
    const tabs = await Promise.all([1, 2, 3, 4, 5].map(() => user.newPage()));
    await Promise.all(tabs.map((tab) => tab.goto(stage.site.url)));
    const spilled = JSON.stringify({ left: [1, 2, 3].map((seq) => left("gone", surface, seq, 0)), saved: [], born: 0, until: 0 });
    await tabs[0]!.evaluate((records) => localStorage.setItem("sightline-wk_demo:gone", records), spilled);
    await expect
      .poll(() => Promise.all(tabs.map((tab) => tab.evaluate(() => localStorage.length))), PATIENCE)
      .toEqual([1, 1, 1, 1, 1]);
    await Promise.all(tabs.map((tab) => startTracker(tab, stage.front.url, "claims.own", { flushInterval: 50 })));
    await stage.arrival(surface, 3);
    await Promise.all(tabs.map((tab) => tab.evaluate(() => tracker.flush())));
    expect(stage.sent(surface)).toHaveLength(3);
  });

  test("of what a page has left on the disk only what it still had as it went is sent, and what it has spilled once", async () => {
    const surface = "claims.settled";
    const page = await (await stage.newUser()).newPage();
    await page.goto(stage.site.url);
    const [verdict, waiting, writing] = [1, 2, 3].map((seq) => left("gone", surface, seq, 0));
    await leave(page, [verdict!, waiting!, writing!], { "": 7, gone: Date.now() + 5_000 });
    const spill = { left: [writing], saved: [2], born: 7, until: 0 };
    await page.evaluate((text) => localStorage.setItem("sightline-wk_demo:gone", text), JSON.stringify(spill));
    await startTracker(page, stage.front.url, "claims.own");
    await stage.arrival(surface, 2);
    await expect.poll(() => stored(page), PATIENCE).toBe(0);
    expect(stage.sent(surface).toSorted()).toEqual([`${SESSION}-2`, `${SESSION}-3`]);
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ accepted: 2, dropped: {}, queued: 0 });
  });

  test("what a page has posted as it went is left to it until it may not hear the verdict any more", async () => {
    const surface = "claims.posted";
    const page = await (await stage.newUser()).newPage();
    await page.goto(stage.site.url);
    await leave(page, [left("gone", surface, 1, 0)], { "": 7, gone: Date.now() - 1 });
    const until = Date.now() + 3_000;
    const spill = { left: [left("gone", surface, 2, 0)], saved: [1], born: 7, until };
    await page.evaluate((text) => localStorage.setItem("sightline-wk_demo:gone", text), JSON.stringify(spill));
    await startTracker(page, stage.front.url, "claims.own");
    const events = await stage.arrival(surface, 2);
    expect(Math.min(...events.map(({ received_at }) => Date.parse(received_at)))).toBeGreaterThanOrEqual(until);
    expect(stage.front.requests.filter(({ batch }) => batch.events[0]?.surface === surface)).toHaveLength(1);
  });

  test("what a closed tab has spilled is taken over where it can be seen only after the next page's first look", async () => {
    const surface = "claims.late";
    const page = await stage.openTab(await stage.newUser(), "claims.own");
    await page.evaluate(() => tracker.flush());
    const spill = { left: [left("gone", surface, 1, 0)], saved: [], born: 0, until: 0 };
    await page.evaluate((text) => localStorage.setItem("sightline-wk_demo:gone", text), JSON.stringify(spill));
    expect(await stage.arrival(surface, 1)).toHaveLength(1);
  });

  test("what a tab records after another has taken over what it had is kept, and delivered", async () => {
    const surface = "claims.lost";
    const page = await stage.openTab(await stage.newUser(), surface);
    stage.front.fault = () => ({ status: 503 });
    await track(page, 1);
    await expect.poll(() => stored(page), PATIENCE).toBe(1);
    await takeOver(page);
    await track(page, 2);
    await expect.poll(() => stored(page), PATIENCE).toBe(2);
    await track(page, 1);
    stage.front.fault = () => undefined;
    await page.evaluate(() => tracker.flush());
    await stage.arrival(surface, 3);
    await expect.poll(() => page.evaluate(() => tracker.stats()), PATIENCE).toMatchObject({ accepted: 3, queued: 0 });
  });
});
