/** The script for pages without a bundler, under a strict Content Security Policy with Trusted Types. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Collector, startCollector } from "../../services/collector.ts";
import type { api as iife } from "../../../client/src/iife/api.ts";
import { chromiumService } from "../../services/chromium.ts";
import { sharedChromium, type SharedChromium } from "../../services/shared-chromium.ts";
import { type RelayEdge, startRelayEdge } from "../stage/relay-edge.ts";
import { PATIENCE } from "../stage/stage.ts";
import { type StrictSite, startStrictSite } from "./strict-site.ts";

declare global {
  /** What the page has noted. */
  var log: string[];
  var violations: string[];
  /** The array that the page's snippet made. */
  var kept: unknown[];
  /** What a function that was pushed has been given. */
  var api: typeof iife;
  /** What the queue was when that function ran. */
  var installed: typeof sightline;
  var sightline: { push(...callbacks: ((given: typeof api) => void)[]): void };
}

const chromium = await chromiumService();

describe.skipIf("missing" in chromium)("the script for pages without a bundler", () => {
  let browser: SharedChromium;
  let collector: Collector;
  let edge: RelayEdge;
  let site: StrictSite;
  let page: Page;
  let complaints: string[];
  const arrived = (): string[] => edge.envelopes.map(({ payload }) => `${payload.surface} ${payload.event_type}`).toSorted();

  beforeAll(async () => {
    edge = await startRelayEdge();
    collector = await startCollector({ relayUrl: edge.url, relayToken: "token" });
    site = await startStrictSite(collector.url);
    browser = await sharedChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await collector?.close();
    await edge?.close();
  });
  beforeEach(async () => {
    page = await browser.browser.newPage();
    complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(`thrown: ${error.message}`));
    return () => page.close();
  });

  test("runs what was pushed before it was there, in order; one that throws is told and stops nothing", async () => {
    await page.goto(site.url);
    expect(await page.evaluate(() => log)).toEqual(["first", "third", "fourth", "pushed by the third"]);
    expect(complaints).toEqual([expect.stringMatching(/^\[sightline\] .*Error: of the page's own/s)]);
  });

  test("runs at once what is pushed later, into the array that was kept too", async () => {
    await page.goto(site.url);
    const added = await page.evaluate(() => {
      log.length = 0;
      sightline.push(() => log.push("later"));
      kept.push(() => log.push("kept"));
      return log;
    });
    expect(added).toEqual(["later", "kept"]);
  });

  test("loaded twice, it stays what the first load made of it, and nothing that was pushed runs again", async () => {
    await page.goto(`${site.url}/?times=2`);
    expect(await page.evaluate(() => log)).toEqual(["first", "third", "fourth", "pushed by the third"]);
    expect(await page.evaluate(() => installed === sightline)).toBe(true);
  });

  test("records and delivers under a policy of nonces and Trusted Types, and violates none of it", async () => {
    await page.goto(site.url);
    await page.evaluate((endpoint) => {
      const unit = { type: "user", id: "u_1" };
      const tracker = api.createTracker({ endpoint, writeKey: "wk_demo", unit, flushInterval: 50 });
      const request = tracker.request({ surface: "plain.page" });
      request.observe(document.querySelector("#item")!, { itemId: "p1", position: 1 });
      api.observeDom(tracker);
    }, collector.url);
    await page.click("#row");
    await expect.poll(arrived, PATIENCE).toEqual(["plain.list click", "plain.list exposure", "plain.page exposure"]);
    expect(await page.evaluate(() => violations)).toEqual([]);
  });

  test("stores under no names but those that docs/integrate.md lists, and under each of them", async () => {
    await page.goto(site.url);
    await page.evaluate(async (endpoint) => {
      const tracker = api.createTracker({ endpoint, writeKey: "wk_demo" });
      await tracker.flush();
      tracker.request({ surface: "plain.names" }).exposed([{ itemId: "p1", position: 1 }]);
      dispatchEvent(new PageTransitionEvent("pagehide"));
    }, collector.url);
    const stored = async (): Promise<string[]> => {
      const names = await page.evaluate(async () => {
        const databases = await indexedDB.databases();
        return [...databases.map(({ name = "" }) => name), ...Object.keys(localStorage)];
      });
      return names.map((name) => name.replace("wk_demo", "<writeKey>").replace(/:.*/, ":<tab>")).toSorted();
    };
    const doc = await readFile(new URL("../../../docs/integrate.md", import.meta.url), "utf8");
    const listed = [...doc.matchAll(/`(sightline-<writeKey>[^`]*)`/g)].map(([, name = ""]) => name);
    await expect.poll(stored, PATIENCE).toEqual(listed.toSorted());
  });

  test("the policy that it runs under is in force", async () => {
    await page.goto(site.url);
    const refused = await page.evaluate(() => {
      try {
        document.querySelector("#item")!.innerHTML = "<b>text as markup</b>";
        return "";
      } catch (error) {
        return String(error);
      }
    });
    expect(refused).toContain("TrustedHTML");
  });
});
