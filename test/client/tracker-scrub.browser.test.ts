import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import { chromiumService } from "../services/chromium.ts";
import { startStage, stored, type Stage } from "./stage/stage.ts";
import { everythingStored, flushed, merged, openHostPage, settled } from "./tracker-tab.ts";

const chromium = await chromiumService();
let stage: Stage;
let user: BrowserContext;
let page: Page;
let from: number;

describe.skipIf("missing" in chromium)(`sampling and scrubbing${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
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

  test("a type is sampled to its share, which each event says, and other types are not", async () => {
    await page.evaluate((endpoint) => {
      const unit = { type: "user", id: "u_1" };
      const sampleRate = { like: 0.5, dislike: 0 };
      globalThis.tracker = createTracker({
        endpoint,
        writeKey: "wk_demo",
        unit,
        flushInterval: 600_000,
        batchSize: 500,
        sampleRate,
      });
      for (let i = 0; i < 1_000; i++) {
        tracker.track("like", { itemId: "a" });
        tracker.track("dislike", { itemId: "a" });
      }
      tracker.track("rating", { itemId: "a" });
    }, stage.front.url);
    const events = merged(await flushed(stage, page, from));
    const likes = events.filter(({ event_type }) => event_type === "like");
    // Six standard deviations around the half: one run in 500 million is outside of that.
    expect(Math.abs(likes.length - 500)).toBeLessThan(95);
    expect(new Set(likes.map(({ sample_rate }) => sample_rate))).toEqual(new Set([0.5]));
    expect(events.filter(({ event_type }) => event_type !== "like")).toMatchObject([{ event_type: "rating" }]);
    expect(events.at(-1)).not.toHaveProperty("sample_rate");
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(await settled(page, likes.length + 1)).toMatchObject({ tracked: likes.length + 1, lost: [] });
  });

  test("of a request everything of one rate is kept, or nothing, and what is kept of a lower rate is of one kept at the higher", async () => {
    await page.evaluate((endpoint) => {
      const sampleRate = { exposure: 0.5, click: 0.5, purchase: 0.25 };
      globalThis.tracker = createTracker({ endpoint, writeKey: "wk_demo", flushInterval: 600_000, batchSize: 500, sampleRate });
      for (let i = 0; i < 200; i++) {
        const own = tracker.request({ surface: "tracker.sampled" });
        own.exposed([{ itemId: "a", position: 1 }]);
        own.outcome("click", { itemId: "a" });
        own.outcome("purchase", { itemId: "a" });
      }
    }, stage.front.url);
    const events = merged(await flushed(stage, page, from));
    const ids = (type: string): (string | undefined)[] =>
      events.filter(({ event_type }) => event_type === type).map(({ request_id }) => request_id);
    expect(ids("exposure").length).toBeGreaterThan(50);
    expect(ids("exposure").length).toBeLessThan(150);
    expect(ids("click")).toEqual(ids("exposure"));
    expect(ids("exposure")).toEqual(expect.arrayContaining(ids("purchase")));
    expect(ids("purchase").length).toBeLessThan(ids("exposure").length);
  });

  test("what scrub takes out, of events and of what is common to them, is neither stored nor sent", async () => {
    await user.setOffline(true);
    await page.evaluate((endpoint) => {
      globalThis.tracker = createTracker({
        endpoint,
        writeKey: "wk_demo",
        unit: { type: "user", id: "u_secret" },
        context: { url: "https://shop.example/?token=secret" },
        flushInterval: 600_000,
        scrub: (event) => JSON.parse(JSON.stringify(event).replaceAll("secret", "…")),
      });
      tracker.track("like", { itemId: "a", payload: { note: "a secret" } });
      tracker.request({ surface: "tracker.scrubbed" }).exposed([{ itemId: "secret item", position: 1 }]);
    }, stage.front.url);
    await expect.poll(() => stored(page)).toBe(2);
    expect.soft(await everythingStored(page)).not.toContain("secret");
    await user.setOffline(false);
    const [event] = merged(await flushed(stage, page, from));
    expect(event).toMatchObject({ unit_id: "u_…", context: { url: "https://shop.example/?token=…" }, payload: { note: "a …" } });
    expect(JSON.stringify(stage.front.requests.slice(from))).not.toContain("secret");
  });

  test("an event for which scrub returns null, or throws, is dropped and counted, and is in no storage; others go on", async () => {
    await user.setOffline(true);
    await page.evaluate((endpoint) => {
      globalThis.tracker = createTracker({
        endpoint,
        writeKey: "wk_demo",
        flushInterval: 600_000,
        scrub(event) {
          if (event.item_id === "throws") throw new Error("mine");
          return JSON.stringify(event).includes("hidden") ? null : event;
        },
      });
      tracker.track("like", { itemId: "hidden" });
      tracker.track("like", { itemId: "throws" });
      tracker.request({ surface: "tracker.scrubbed" }).exposed([{ itemId: "hidden", position: 1 }]);
      tracker.track("like", { itemId: "kept" });
    }, stage.front.url);
    await expect.poll(() => stored(page)).toBe(1);
    expect.soft(await everythingStored(page)).not.toContain("hidden");
    await user.setOffline(false);
    const [event] = merged(await flushed(stage, page, from));
    expect(event).toMatchObject({ item_id: "kept" });
    // One more is the report of what was dropped.
    expect(await settled(page, 2)).toMatchObject({ tracked: 5, lost: ["scrubbed 2", "unserialisable 1"] });
  });

  test("a scrub that lets nothing through of what is common drops every event, counted: they would be about nobody", async () => {
    await page.evaluate((endpoint) => {
      globalThis.tracker = createTracker({
        endpoint,
        writeKey: "wk_demo",
        unit: { type: "user", id: "u_1" },
        flushInterval: 600_000,
        scrub: (event) => (event.event_type ? event : null),
      });
      tracker.track("like", { itemId: "a" });
      tracker.track("dislike", { itemId: "b" });
    }, stage.front.url);
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ tracked: 2, queued: 0, dropped: { scrubbed: 2 } });
  });
});
