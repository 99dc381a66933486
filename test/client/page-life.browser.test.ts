import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumService } from "../services/chromium.ts";
import { PATIENCE, startStage, startTracker, stored, track, type Stage } from "./stage/stage.ts";
import { blockStorage } from "./tracker-tab.ts";

const chromium = await chromiumService();
let stage: Stage;

describe.skipIf("missing" in chromium)(`a page's life${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());

  test("where IndexedDB does not respond, events go by memory", async () => {
    const surface = "life.hanging";
    const user = await stage.newUser();
    await blockStorage(stage, user);
    const page = await stage.openTab(user, surface, { flushInterval: 50 });
    await track(page, 3);
    await stage.arrival(surface, 3);
    await expect
      .poll(() => page.evaluate(() => tracker.stats()), PATIENCE)
      .toMatchObject({ storage: "memory", accepted: 3, queued: 0 });
    expect(stage.sent(surface)).toHaveLength(3);
    await user.close();
  });

  test("a closed tracker has sent what it had, and records nothing more", async () => {
    const surface = "life.closed";
    const user = await stage.newUser();
    const page = await stage.openTab(user, surface, { flushInterval: 600_000 });
    await track(page, 2);
    await page.evaluate(() => tracker.close());
    await track(page, 2);
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ tracked: 2, accepted: 2, queued: 0 });
    await user.close();
  });

  test("a tracker that the page closes as it goes keeps what it could not send for the next page", async () => {
    const surface = "life.closed-going";
    const user = await stage.newUser();
    const page = await user.newPage();
    await page.goto(`${stage.site.url}/`);
    await page.evaluate(() =>
      addEventListener("pagehide", () => {
        for (let i = 0; i < 5; i++) request.outcome("like", { itemId: `late${i}` });
        void tracker.close();
      }),
    );
    stage.front.fault = () => "cut";
    await startTracker(page, stage.front.url, surface);
    await track(page, 1);
    await expect.poll(() => page.evaluate(() => tracker.stats().retries), PATIENCE).toBeGreaterThan(0);
    await page.goto("about:blank");
    stage.front.fault = () => undefined;
    await stage.openTab(user, "other.surface");
    await expect.poll(() => new Set(stage.arrived(surface).map(({ id }) => id)).size, PATIENCE).toBe(6);
    await user.close();
  });

  test("a denial removes what a closed tracker has left", async () => {
    const user = await stage.newUser();
    const page = await stage.openTab(user, "life.closed-denied");
    await user.setOffline(true);
    await track(page, 3);
    await page.evaluate(() => tracker.close());
    await expect.poll(() => stored(page), PATIENCE).toBe(3);
    await page.evaluate(() => tracker.consent("denied"));
    await expect.poll(() => page.evaluate(() => indexedDB.databases()), PATIENCE).toEqual([]);
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ queued: 0, dropped: { consent: 3 }, storage: "none" });
    await user.close();
  });

  test("an outcome tracked offline survives a closed tab and is delivered at the next load, unchanged", async () => {
    const surface = `life.offline.${Date.now()}`;
    const user = await stage.newUser();
    const page = await stage.openTab(user, surface, { flushInterval: 50 });
    await user.setOffline(true);
    await page.evaluate(() => request.outcome("purchase", { itemId: "a", metrics: { revenue: 12.5 } }));
    await expect.poll(() => page.evaluate(() => tracker.stats().retries), PATIENCE).toBeGreaterThan(0);
    const recorded = await page.evaluate(() => ({ id: request.id, before: Date.now() }));
    await page.close();
    await user.setOffline(false);
    await stage.openTab(user, "other.surface");
    const [purchase] = await stage.arrival(surface, 1);
    expect(purchase?.payload).toMatchObject({ request_id: recorded.id, seq: 1, metrics: { revenue: 12.5 } });
    expect(Date.parse(purchase?.payload.timestamp ?? "")).toBeLessThanOrEqual(recorded.before);
    // What the tab posted as it was closed may get there, too: it is the same event.
    expect(new Set(stage.sent(surface)).size).toBe(1);
    await user.close();
  });

  test("a tab that is hidden sends what it has at once", async () => {
    const surface = "life.hidden";
    const tab = await stage.openTab(stage.chromium.context, surface, { flushInterval: 600_000 });
    await track(tab, 5);
    const other = await stage.chromium.context.newPage();
    await stage.arrival(surface, 5);
    await expect.poll(() => stored(tab), PATIENCE).toBe(0);
    await Promise.all([tab.close(), other.close()]);
    expect(stage.sent(surface)).toHaveLength(5);
  });

  test("what may not be on the disk is written before anything is posted as a page goes, and is delivered", async () => {
    const surface = "life.first";
    const user = await stage.newUser();
    const page = await stage.openTab(user, surface, { flushInterval: 600_000 });
    await page.evaluate(() => tracker.flush());
    const kept = await page.evaluate(() => {
      const { fetch } = globalThis;
      const atPosts: number[] = [];
      globalThis.fetch = (...request) => {
        for (const [key, text] of Object.entries<string>(localStorage)) {
          if (key.startsWith("sightline-wk_demo:")) atPosts.push((JSON.parse(text) as { left: unknown[] }).left.length);
        }
        return fetch(...request);
      };
      for (let i = 0; i < 3; i++) request.outcome("like", { itemId: `i${i}` });
      window.dispatchEvent(new Event("pagehide"));
      globalThis.fetch = fetch;
      return atPosts;
    });
    expect(kept).toEqual([3]);
    await page.evaluate(() => void window.dispatchEvent(new Event("pageshow")));
    await stage.arrival(surface, 3);
    await expect.poll(() => page.evaluate(() => Object.keys(localStorage).join()), PATIENCE).not.toContain("sightline-wk_demo:");
    await expect.poll(() => page.evaluate(() => tracker.stats()), PATIENCE).toMatchObject({ accepted: 3, queued: 0 });
    await user.close();
  });

  test("a page that is hidden and stays keeps what is not on the disk until it is, and no other tab takes it", async () => {
    const surface = "life.hidden-stays";
    const user = await stage.newUser();
    const page = await stage.openTab(user, surface, { flushInterval: 600_000 });
    const spills = await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      request.outcome("like", { itemId: "a" });
      document.dispatchEvent(new Event("visibilitychange"));
      const keys = Object.keys(localStorage).filter((key) => key.startsWith("sightline-wk_demo:"));
      return keys.map((key) => JSON.parse(localStorage[key] as string) as { left: unknown[]; until: number });
    });
    expect(spills).toEqual([expect.objectContaining({ left: [expect.anything()], until: expect.any(Number) })]);
    expect(spills[0]!.until).toBeGreaterThan(Date.now() + 5_000);
    await stage.openTab(user, "other.surface");
    await stage.arrival(surface, 1);
    await expect.poll(() => page.evaluate(() => Object.keys(localStorage).join()), PATIENCE).not.toContain("sightline-wk_demo:");
    expect(stage.sent(surface)).toHaveLength(1);
    await user.close();
  });

  test("a tab that is closed with more than its last requests can carry loses nothing", async () => {
    const surface = "life.budget";
    const user = await stage.newUser();
    const page = await stage.openTab(user, surface, { flushInterval: 600_000 });
    const made = page.evaluate(() => {
      const payload = { text: "x".repeat(2_000) };
      for (let i = 0; i < 120; i++) request.outcome("like", { itemId: `i${i}`, payload });
    });
    await Promise.all([made, page.close()].map((done) => done.catch(() => {})));
    await stage.openTab(user, "other.surface");
    await expect.poll(() => new Set(stage.arrived(surface).map(({ id }) => id)).size, PATIENCE).toBe(120);
    await user.close();
  });
});
