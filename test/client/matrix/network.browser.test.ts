import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumService } from "../../services/chromium.ts";
import { PATIENCE, startTracker, stored } from "../stage/stage.ts";
import { startBusStage, type BusStage } from "./bus-stage.ts";
import { balanced, beginRow, make, named, settled, stats } from "./row.ts";
import { startSlowLink } from "./slow-link.ts";

const chromium = await chromiumService();
const ALL = named(200);
let stage: BusStage;

describe.skipIf("missing" in chromium)(`delivery over a network${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startBusStage();
  });
  afterAll(() => stage.close());

  test("200 events are on the bus, each once, and none was sent twice", async (context) => {
    const { open, arrived, copies } = await beginRow(stage, context);
    const page = await open();
    await make(page, ALL);
    expect(await arrived(200)).toEqual(ALL);
    expect(copies()).toBe(0);
    await settled(page);
    expect(await stats(page)).toMatchObject({ tracked: 200, accepted: 200, retries: 0, dropped: {}, rejected: {} });
  });

  test("with 150 ms of delay each way, to another origin: the same", async (context) => {
    const { surface, user, arrived, copies } = await beginRow(stage, context);
    const link = await startSlowLink(stage.front.url, 150);
    const page = await user.newPage();
    await page.goto(stage.site.url);
    await startTracker(page, link.url, surface);
    expect(new URL(page.url()).origin).not.toBe(link.url);
    await make(page, ALL);
    expect(await arrived(200)).toEqual(ALL);
    expect(copies()).toBe(0);
    await settled(page);
    await link.close();
  });

  test("while the collector responds 503 for 10 s the events wait, and are delivered after it", async (context) => {
    const { open, arrived, copies } = await beginRow(stage, context);
    let until = Infinity;
    stage.fault = () => {
      if (until === Infinity) until = performance.now() + 10_000;
      return performance.now() < until ? { status: 503 } : undefined;
    };
    const page = await open();
    await make(page, ALL);
    expect(await arrived(200, { ...PATIENCE, timeout: 60_000 })).toEqual(ALL);
    expect(copies()).toBe(0);
    await settled(page);
    expect((await stats(page)).retries).toBeGreaterThan(0);
  });

  test("3,000 events queued offline, then 2 s of a page of 403 in the collector's place: none is given up, and all are delivered", async (context) => {
    const { user, open, surface, arrived, copies } = await beginRow(stage, context);
    const page = await open();
    const burst = named(3_000);
    await user.setOffline(true);
    await make(page, burst);
    await expect.poll(() => stored(page), PATIENCE).toBe(3_000);
    let until = Infinity;
    stage.fault = () => {
      if (until === Infinity) until = performance.now() + 2_000;
      return performance.now() < until ? { status: 403, body: "<html>Access denied</html>" } : undefined;
    };
    await user.setOffline(false);
    expect(await arrived(3_000, { ...PATIENCE, timeout: 60_000 })).toEqual(burst);
    expect(copies()).toBe(0);
    expect(await balanced(page, stage, surface)).toEqual({});
    expect(await page.evaluate(() => errors.filter((told) => told.startsWith("endpoint_blocked")))).toHaveLength(1);
  });

  test("where every other connection is cut after the server has taken the request, each event is on the bus once", async (context) => {
    const { open, arrived, copies } = await beginRow(stage, context);
    let requests = 0;
    stage.fault = () => (++requests % 2 === 1 ? "cut after" : undefined);
    const page = await open();
    await make(page, ALL);
    await settled(page);
    expect(await arrived(200)).toEqual(ALL);
    expect(copies()).toBeGreaterThan(0);
  });

  test("events made offline go out when the network is back", async (context) => {
    const { user, open, arrived, copies } = await beginRow(stage, context);
    const page = await open();
    await user.setOffline(true);
    await make(page, ALL);
    await expect.poll(() => stored(page), PATIENCE).toBe(200);
    await expect.poll(async () => (await stats(page)).retries, PATIENCE).toBeGreaterThan(0);
    await user.setOffline(false);
    expect(await arrived(200)).toEqual(ALL);
    expect(copies()).toBe(0);
    await settled(page);
  });

  test("5,000 events of one offline burst are all kept, and delivered", async (context) => {
    const { user, open, arrived, copies } = await beginRow(stage, context);
    const burst = named(5_000);
    const page = await open();
    await user.setOffline(true);
    await make(page, burst);
    await expect.poll(() => stored(page), PATIENCE).toBe(5_000);
    await user.setOffline(false);
    expect(await arrived(5_000, { ...PATIENCE, timeout: 60_000 })).toEqual(burst);
    expect(copies()).toBe(0);
    await settled(page);
    expect(await stats(page)).toMatchObject({ accepted: 5_000, dropped: {} });
  });

  test("connections that are destroyed for 12 s hold the queue up for no more than 5 s after it", async (context) => {
    const { open, arrived, copies, surface } = await beginRow(stage, context);
    const page = await open();
    await page.evaluate(() => tracker.flush());
    let until = Infinity;
    let cuts = 0;
    let back = 0;
    stage.fault = () => {
      if (until === Infinity) until = performance.now() + 12_000;
      const late = performance.now() - until;
      if (late >= 0) back ||= late;
      else cuts++;
      return late >= 0 ? undefined : "cut";
    };
    await make(page, ALL);
    expect(await arrived(200)).toEqual(ALL);
    await context.annotate(`${cuts} requests in 12 s, the next ${Math.round(back)} ms after it`);
    expect(back).toBeLessThan(5_000);
    expect(cuts).toBeLessThan(30);
    expect(copies()).toBe(0);
    expect(stage.collected(surface)).toHaveLength(200);
  });

  test("a blocked endpoint is left alone for five minutes by a page that nobody looks at, and gets everything at once when it is looked at", async (context) => {
    const { surface, user, arrived, copies } = await beginRow(stage, context);
    const page = await user.newPage();
    await page.clock.install();
    await page.addInitScript(() => Object.defineProperty(document, "hidden", { value: true, configurable: true }));
    let attempts = 0;
    let controls = 0;
    await page.route(`${stage.front.url}/**`, (route) => {
      if (route.request().url().endsWith("/control")) controls++;
      else attempts++;
      return route.abort("blockedbyclient");
    });
    await page.goto(stage.site.url);
    await startTracker(page, stage.front.url, surface);
    await make(page, ALL);
    const failed = async (): Promise<number> => (await stats(page)).retries;
    // The waits in between grow to 8 s at most.
    const next = async (): Promise<number> => {
      if ((await failed()) === attempts && attempts < 5) await page.clock.fastForward(8_000);
      return failed();
    };
    await expect.poll(next, PATIENCE).toBe(5);
    for (let minute = 1; minute < 5; minute++) {
      await page.clock.fastForward(55_000);
      // Goes the way that an attempt would go, behind it: what was due has been seen by then.
      await stored(page);
      await page.evaluate(async (url) => {
        await new Response(new Blob(["x"]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
        await fetch(`${url}/control`, { method: "POST" }).catch(() => {});
      }, stage.front.url);
    }
    expect({ attempts, controls }).toEqual({ attempts: 5, controls: 4 });
    await page.unroute(`${stage.front.url}/**`);
    await page.evaluate(() => {
      Reflect.deleteProperty(document, "hidden");
      document.dispatchEvent(new Event("visibilitychange"));
    });
    expect(await arrived(200)).toEqual(ALL);
    expect(copies()).toBe(0);
    await settled(page);
    expect(await failed()).toBe(5);
  });
});
