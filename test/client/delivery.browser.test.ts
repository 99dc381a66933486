import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext } from "playwright-core";
import { chromiumService } from "../services/chromium.ts";
import { PATIENCE, startStage, stored, track, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
/** An interval that no test waits for: what is sent then has another cause. */
const NEVER = { flushInterval: 600_000 };
let stage: Stage;
let surface: string;
let user: BrowserContext;
let count = 0;

const arrivedSeqs = (): number[] =>
  [...new Set(stage.arrived(surface).map(({ payload }) => payload.seq ?? 0))].toSorted((a, b) => a - b);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe.skipIf("missing" in chromium)(`delivery${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `delivery.s${++count}`;
    user = await stage.newUser();
    return async () => {
      stage.front.fault = () => undefined;
      await user.close();
    };
  });

  test("a request is simple: text/plain, no preflight, no cookies, and what the wire format asks for", async () => {
    const page = await stage.openTab(user, surface, { flushInterval: 50 });
    const before = stage.front.preflights;
    await page.evaluate(() => (document.cookie = "own=1"));
    await track(page, 3);
    await stage.arrival(surface, 3);
    const request = stage.front.requests.find(({ batch }) => batch.events[0]?.surface === surface);
    expect(request?.path).toBe("/v1/events?k=wk_demo");
    expect(request?.headers["content-type"]).toBe("text/plain");
    expect(request?.headers["cookie"]).toBeUndefined();
    expect(stage.front.preflights).toBe(before);
    const { v, sdk, session_id, sent_at, common, events } = request?.batch ?? { events: [] };
    expect({ v, common }).toEqual({ v: 1, common: { unit_type: "user", unit_id: "u_1" } });
    expect(sdk).toMatch(/^web\/\d/);
    expect(Date.parse(sent_at ?? "")).toBeGreaterThan(0);
    expect(events.map(({ event_id }) => event_id)).toEqual([`${session_id}-1`, `${session_id}-2`, `${session_id}-3`]);
  });

  test("tracked = accepted + rejected, and a refused event is told with its code and leaves the queue", async () => {
    const page = await stage.openTab(user, surface, NEVER);
    await track(page, 2);
    await page.evaluate(() => request.outcome("like", { itemId: "bad", position: 0 }));
    await page.evaluate(() => tracker.flush());
    expect(await page.evaluate(() => tracker.stats())).toEqual({
      tracked: 3,
      accepted: 2,
      rejected: { invalid_position: 1 },
      dropped: {},
      retries: 0,
      retryIn: 0,
      queued: 0,
      storage: "indexeddb",
    });
    expect(await page.evaluate(() => errors)).toEqual([expect.stringContaining("invalid_position at position")]);
    expect(await stored(page)).toBe(0);
  });

  test("what one head makes the collector refuse takes along nothing of another that shares its batch", async () => {
    const page = await stage.openTab(await stage.newUser(), "other.surface");
    await page.evaluate(
      ([endpoint, name]) => {
        globalThis.tracker = createTracker({
          endpoint,
          writeKey: "wk_demo",
          unit: { type: "user", id: "u_1" },
          // A field that no batch has, in what is common to some of the events.
          scrub: (event) => (event.context?.["bad"] ? Object.assign(event, { site: "shop" }) : event),
          onError() {},
        });
        const made = tracker.request({ surface: name });
        for (const bad of [false, true, false]) {
          tracker.setContext({ bad });
          made.outcome("like", { itemId: `${bad}` });
        }
      },
      [stage.front.url, "delivery.heads"] as const,
    );
    await stage.arrival("delivery.heads", 2);
    const counts = { accepted: 2, rejected: { invalid_batch: 1 }, queued: 0, retries: 0 };
    await expect.poll(() => page.evaluate(() => tracker.stats()), PATIENCE).toMatchObject(counts);
  });

  test("after responses of 503 each event is delivered once, and Retry-After is waited for", async () => {
    const page = await stage.openTab(user, surface, { flushInterval: 50 });
    const times: number[] = [];
    stage.front.fault = () => {
      times.push(performance.now());
      return times.length <= 2 ? { status: 503, headers: { "Retry-After": "1" } } : undefined;
    };
    await track(page, 3);
    await expect.poll(() => page.evaluate(() => tracker.stats().accepted), PATIENCE).toBe(3);
    expect((await stage.arrival(surface, 3)).map(({ payload }) => payload.seq)).toEqual([1, 2, 3]);
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ tracked: 3, accepted: 3, retries: 2, queued: 0 });
    const [first = 0, second = 0, third = 0] = times;
    expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(990);
  });

  test("a connection cut after the collector took the events makes copies of the same ids and content", async () => {
    const page = await stage.openTab(user, surface, { flushInterval: 50 });
    let cuts = 0;
    stage.front.fault = () => (++cuts === 1 ? "cut after" : undefined);
    await track(page, 2);
    await expect.poll(() => page.evaluate(() => tracker.stats().accepted), PATIENCE).toBe(2);
    const copies = await stage.arrival(surface, 4);
    const contents = new Set(copies.map(({ id, metadata }) => `${id} ${metadata.content_hash}`));
    expect(contents.size).toBe(2);
  });

  test("an event is in IndexedDB until the verdict, and not after", async () => {
    const page = await stage.openTab(user, surface, { flushInterval: 50 });
    const asked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<undefined>();
    stage.front.fault = () => {
      asked.resolve();
      return released.promise;
    };
    await track(page, 4);
    await asked.promise;
    await expect.poll(() => stored(page), PATIENCE).toBe(4);
    released.resolve(undefined);
    await expect.poll(() => stored(page), PATIENCE).toBe(0);
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ accepted: 4, queued: 0 });
  });

  test("a response of 200 that is no verdict, as a captive portal gives it, removes nothing", async () => {
    const page = await stage.openTab(user, surface, { flushInterval: 50 });
    let answers = 0;
    stage.front.fault = () => (++answers === 1 ? { status: 200, body: "<html>Please log in</html>" } : undefined);
    await track(page, 2);
    await stage.arrival(surface, 2);
    await expect.poll(() => page.evaluate(() => tracker.stats()), PATIENCE).toMatchObject({ accepted: 2, retries: 1, queued: 0 });
  });

  test("an event recorded while the queue is being looked at waits for no later event", async () => {
    const page = await stage.openTab(user, surface, { flushInterval: 1 });
    await page.evaluate(async () => {
      for (let i = 0; i < 100; i++) {
        request.outcome("like", { itemId: `i${i}` });
        await tracker.flush();
        request.outcome("like", { itemId: `j${i}` });
        await new Promise((resolve) => setTimeout(resolve, i % 10));
      }
    });
    await expect.poll(() => page.evaluate(() => tracker.stats()), PATIENCE).toMatchObject({ accepted: 200, queued: 0 });
    expect(stage.sent(surface)).toHaveLength(200);
  });

  test("a full queue gives up its oldest events, and counts them", async () => {
    const page = await stage.openTab(user, surface, { flushInterval: 50, maxQueue: { events: 10 } });
    await user.setOffline(true);
    await track(page, 25);
    await expect
      .poll(() => page.evaluate(() => tracker.stats()), PATIENCE)
      .toMatchObject({ queued: 10, dropped: { queue_full: 15 } });
    await user.setOffline(false);
    await expect
      .poll(() => page.evaluate(() => tracker.stats()), PATIENCE)
      .toMatchObject({ tracked: 26, queued: 0, accepted: 11 });
    expect(arrivedSeqs()).toEqual(upTo(25).slice(15));
  });
});
