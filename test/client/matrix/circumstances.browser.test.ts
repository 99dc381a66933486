import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumService } from "../../services/chromium.ts";
import { PATIENCE, startTracker, stored } from "../stage/stage.ts";
import { startBusStage, type BusStage } from "./bus-stage.ts";
import { beginRow, make, named, settled, stats } from "./row.ts";
import { startStrictSite } from "./strict-site.ts";

const chromium = await chromiumService();
const ALL = named(200);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let stage: BusStage;

declare global {
  /** Sets the page's clock so many milliseconds ahead. */
  var setAhead: (ms: number) => void;
  /** What the page's policy has kept from happening. */
  var violations: string[];
}

/** Gives each page of the user a clock that is so far ahead of the right one until it is set. */
async function setClock(user: BrowserContext, ahead: number): Promise<void> {
  await user.addInitScript((ms) => {
    const right = Date;
    let own = ms;
    globalThis.setAhead = (other) => (own = other);
    globalThis.Date = class extends right {
      static override now = (): number => right.now() + own;
      constructor(...given: [number | string] | []) {
        super(...((given.length > 0 ? given : [right.now() + own]) as [number]));
      }
    } as DateConstructor;
  }, ahead);
}

describe.skipIf("missing" in chromium)(
  `delivery under odd circumstances${"missing" in chromium ? `: ${chromium.missing}` : ""}`,
  () => {
    beforeAll(async () => {
      stage = await startBusStage();
    });
    afterAll(() => stage.close());

    test("from a clock that is an hour ahead and set right in mid-session, every event is delivered, and told from its true time", async (context) => {
      const { user, surface, arrived, copies } = await beginRow(stage, context);
      await setClock(user, HOUR);
      const page = await stage.open(user, surface);
      const from = Date.now();
      await make(page, named(100));
      await expect.poll(() => stage.onBus(surface).length, PATIENCE).toBe(100);
      await settled(page);
      for (const { occurred_at, metadata } of stage.onBus(surface)) {
        expect(metadata.flags).toContain("clock_skewed");
        expect(Date.parse(occurred_at)).toBeGreaterThan(from - 60_000);
        expect(Date.parse(occurred_at)).toBeLessThan(Date.now() + 60_000);
      }
      await page.evaluate(() => setAhead(0));
      await make(page, ALL.slice(100));
      expect(await arrived(200)).toEqual(ALL);
      await settled(page);
      const later = stage.onBus(surface).slice(100);
      expect(later.filter(({ metadata }) => metadata.flags.includes("clock_skewed"))).toEqual([]);
      expect(copies()).toBe(0);
    });

    test("a clock that is 40 days behind and set right costs no event: not in mid-session, and not of a page before", async (context) => {
      const { user, surface, open, arrived } = await beginRow(stage, context);
      await setClock(user, -40 * DAY);
      stage.fault = () => "cut";
      const [before, page] = [await stage.open(user, `${surface}.before`), await open()];
      await make(before, named(5));
      await make(page, named(5));
      await expect.poll(() => stored(page), PATIENCE).toBe(10);
      await before.close();
      await page.evaluate(() => setAhead(0));
      await make(page, named(10).slice(5));
      await expect.poll(() => stored(page), PATIENCE).toBe(15);
      const next = await user.newPage();
      await next.goto(stage.site.url);
      await next.evaluate(() => setAhead(0));
      await startTracker(next, stage.front.url, `${surface}.next`);
      stage.fault = () => undefined;
      await Promise.all([page, next].map((tab) => tab.evaluate(() => tracker.flush())));
      expect(await arrived(10)).toEqual(named(10));
      await expect.poll(() => stage.onBus(`${surface}.before`).length, PATIENCE).toBe(5);
      for (const tab of [page, next]) {
        await settled(tab);
        expect((await stats(tab)).dropped).toEqual({});
      }
    });

    test("under a strict Content-Security-Policy with Trusted Types nothing is violated, and 200 events are delivered", async (context) => {
      const { user, surface, arrived, copies } = await beginRow(stage, context);
      const policy = `default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src ${stage.front.url}; require-trusted-types-for 'script'; trusted-types 'none'`;
      const strict = await startStrictSite(stage.site.url, policy);
      context.onTestFinished(() => strict.close());
      const page = await user.newPage();
      await page.addInitScript(() => {
        globalThis.violations = [];
        addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
          violations.push(`${violatedDirective} ${blockedURI}`);
        });
      });
      await page.goto(strict.url);
      await startTracker(page, stage.front.url, surface);
      await make(page, ALL);
      expect(await arrived(200)).toEqual(ALL);
      await settled(page);
      expect(await stored(page)).toBe(0);
      expect(await page.evaluate(() => violations)).toEqual([]);
      // The policy is in force.
      await page.evaluate(() => fetch("/elsewhere").catch(() => {}));
      expect(await page.evaluate(() => violations)).toEqual([expect.stringContaining("connect-src")]);
      expect(copies()).toBe(0);
    });
  },
);
