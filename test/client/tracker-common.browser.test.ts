import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import type { TrackerOptions } from "../../client/src/tracker/options.ts";
import type { WireEvent } from "../../client/src/wire/index.ts";
import { chromiumService } from "../services/chromium.ts";
import { PATIENCE, startStage, type Stage } from "./stage/stage.ts";
import { everythingStored, flushed, merged, openHostPage, settled, startQuiet } from "./tracker-tab.ts";

const chromium = await chromiumService();
const DEVICE = "sightline-wk_demo~device";
const EXPERIMENT = "0b8f6f57-6d0e-4b5a-9d0c-3a7f4f0f5b10";
const VARIANT = "5a6c1b1e-9f64-4c7f-8a52-0d2f8f3f9c21";
let stage: Stage;
let user: BrowserContext;
let page: Page;
let from: number;

const start = (options: Pick<TrackerOptions, "unit" | "consent"> = {}): Promise<void> => startQuiet(stage, page, options);
const sent = async (): Promise<WireEvent[]> => merged(await flushed(stage, page, from));
const like = (itemId: string): Promise<void> => page.evaluate((own) => tracker.track("like", { itemId: own }), itemId);

/** The device that the latest event is about. */
async function device(): Promise<string> {
  await like("a");
  const last = (await sent()).at(-1);
  expect(last?.unit_type).toBe("device");
  return last?.unit_id ?? "";
}

describe.skipIf("missing" in chromium)(`what events hold${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
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

  test("track records an event of a registered type with its metrics, context and payload; another type is refused by name", async () => {
    await start({ unit: { type: "user", id: "u_1" } });
    await page.evaluate(() => {
      const metrics = { latency_ms: 12 };
      tracker.track("rating", { itemId: "a", position: 2, metrics, context: { platform: "web" }, payload: { stars: [5] } });
      // What was frozen is not changed by what the page does with its objects later.
      metrics.latency_ms = 13;
      // @ts-expect-error: nobody has registered it
      tracker.track("no_such_type", { itemId: "a" });
    });
    expect((await sent())[0]).toMatchObject({
      event_type: "rating",
      item_id: "a",
      position: 2,
      metrics: { latency_ms: 12 },
      context: { platform: "web" },
      payload: { stars: [5] },
    });
    expect(await settled(page, 1)).toMatchObject({ tracked: 2, lost: ["unknown_event_type 1"] });
  });

  test("a project's own type goes under its request, with an item as an outcome of it, and the collector takes it", async () => {
    await start({ unit: { type: "user", id: "u_1" } });
    await page.evaluate(() => {
      const request = tracker.request({ surface: "home.top", requestId: "req-00000001" });
      request.exposed([{ itemId: "a", position: 2 }]);
      const payload = { meal_id: "a", new_meal_id: "b" };
      request.outcome("meal_swapped", { itemId: "a", payload });
      tracker.track("meal_swapped", { request, itemId: "a", payload, context: { platform: "web" } });
      tracker.track("plan_accepted", { request, payload: { plan_id: "p1" } });
      tracker.track("plan_accepted", { payload: { plan_id: "p1" } });
    });
    const [, outcome, tracked, ofRequest, ofNone] = await sent();
    const request = { request_id: "req-00000001", surface: "home.top" };
    const swapped = { event_type: "meal_swapped", ...request, item_id: "a", position: 2, payload: { new_meal_id: "b" } };
    expect([outcome, tracked]).toMatchObject([swapped, { ...swapped, context: { platform: "web" } }]);
    expect(ofRequest).toMatchObject({ event_type: "plan_accepted", ...request, payload: { plan_id: "p1" } });
    expect(tracked).not.toHaveProperty("request");
    for (const field of ["request_id", "surface", "item_id"]) expect(ofNone).not.toHaveProperty(field);
    expect(await settled(page, 5)).toMatchObject({ tracked: 5, accepted: 5, lost: [] });
  });

  test("an event keeps the unit, the context and the experiments of its making", async () => {
    await start();
    await like("before");
    await page.evaluate(
      ([experimentId, variantId]) => {
        const context = { policy_version_id: "p1" };
        tracker.setUnit({ type: "user", id: "u_login" });
        tracker.setContext(context);
        tracker.setExperiments([{ experimentId, variantId }]);
        tracker.track("like", { itemId: "after" });
        tracker.setContext({ app_version: "2" });
        tracker.setExperiments([]);
        tracker.setUnit(undefined);
        tracker.track("like", { itemId: "logged out" });
      },
      [EXPERIMENT, VARIANT] as const,
    );
    const [before, after, out] = await sent();
    expect(before).toMatchObject({ item_id: "before", unit_type: "device" });
    expect(before).not.toHaveProperty("context");
    expect(before).not.toHaveProperty("experiments");
    expect(after).toMatchObject({
      item_id: "after",
      unit_type: "user",
      unit_id: "u_login",
      context: { policy_version_id: "p1" },
      experiments: [{ experiment_id: EXPERIMENT, variant_id: VARIANT }],
    });
    expect(out).toMatchObject({
      item_id: "logged out",
      unit_type: "device",
      unit_id: before?.unit_id,
      context: { app_version: "2" },
    });
    expect(await settled(page, 3)).toMatchObject({ lost: [] });
  });

  test("an event that was made before a login and a reload is delivered as it was made", async () => {
    await start();
    await user.setOffline(true);
    await like("before");
    const made = await page.evaluate((key) => JSON.parse(localStorage[key]) as string, DEVICE);
    await user.setOffline(false);
    await page.goto(`${stage.site.url}/next`);
    await start({ unit: { type: "user", id: "u_login" } });
    await like("after");
    const events = (await sent()).filter(({ event_type }) => event_type === "like");
    expect(events.map(({ item_id, unit_type, unit_id }) => [item_id, unit_type, unit_id])).toEqual(
      expect.arrayContaining([
        ["before", "device", made],
        ["after", "user", "u_login"],
      ]),
    );
  });

  test("without a unit events are about a device: the same over loads and tabs, another after a denial", async () => {
    await start();
    const first = await device();
    expect(first).toMatch(/^[\w-]{21}$/);
    await page.goto(`${stage.site.url}/next`);
    await start();
    expect(await device()).toBe(first);
    await page.evaluate(() => tracker.consent("denied"));
    expect(await everythingStored(page)).not.toContain(first);
    await page.evaluate(() => tracker.consent("granted"));
    const second = await device();
    expect(second).not.toBe(first);
    expect(await page.evaluate((key) => JSON.parse(localStorage[key]) as string, DEVICE)).toBe(second);
  });

  test("a device is stored with consent alone, and events that waited for it are about the device that was known", async () => {
    await start();
    const known = await device();
    await page.goto(`${stage.site.url}/next`);
    await page.evaluate((key) => localStorage.removeItem(key), DEVICE);
    await start({ consent: "pending" });
    await like("waiting");
    expect(await everythingStored(page)).not.toContain("waiting");
    expect(await page.evaluate((key) => localStorage.getItem(key), DEVICE)).toBeNull();
    await page.evaluate(([key, id]) => (localStorage[key] = JSON.stringify(id)), [DEVICE, known] as const);
    await page.evaluate(() => tracker.consent("granted"));
    const waited = (await sent()).find(({ item_id }) => item_id === "waiting");
    expect(waited).toMatchObject({ unit_type: "device", unit_id: known });
  });

  test("a unit that is none is refused, told, and changes nothing; a number's text is an id", async () => {
    await start({ unit: { type: "user", id: "u_1" } });
    await page.evaluate(() => {
      const ids = [
        undefined,
        null,
        NaN,
        "",
        " ",
        "undefined",
        "null",
        "NaN",
        `${{}}`,
        " u_2",
        "u_2\n",
        "u\u00002",
        "u\u202e2",
        {},
      ];
      for (const id of ids) tracker.setUnit({ type: "user", id: id as never });
      tracker.setUnit({ type: "user" } as never);
    });
    await like("a");
    expect((await sent())[0]).toMatchObject({ unit_type: "user", unit_id: "u_1" });
    const told = "wrong_call: [sightline] TypeError: expected { type, id }, each a text, not";
    expect(await page.evaluate(() => errors)).toEqual(Array(15).fill(expect.stringContaining(told)));
    await page.evaluate(() => tracker.setUnit({ type: "user", id: 42 as never }));
    await like("b");
    await expect.poll(async () => (await sent()).at(-1), PATIENCE).toMatchObject({ item_id: "b", unit_id: "42" });
  });
});
