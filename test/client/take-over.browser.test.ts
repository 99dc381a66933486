import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { chromiumService } from "../services/chromium.ts";
import { leave, left } from "./left-behind.ts";
import { PATIENCE, startStage, startTracker, stored, track, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
let stage: Stage;

declare global {
  /** Ends the transaction that holds the others up, and resolves when those that had waited are over. */
  var release: () => Promise<void>;
}

/** A page of a new user, in whose database a tab that has gone has left five events. */
async function openAfter(surface: string): Promise<Page> {
  const page = await (await stage.newUser()).newPage();
  await page.goto(`${stage.site.url}/`);
  await leave(
    page,
    [1, 2, 3, 4, 5].map((seq) => left("gone", surface, seq, 0)),
    { "": 7, gone: 0 },
  );
  return page;
}

/** Holds up all other transactions on the events, as a slow disk does. */
async function holdUp(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open("sightline-wk_demo");
      opening.addEventListener("success", () => resolve(opening.result));
    });
    const begin = (): IDBObjectStore => db.transaction("events", "readwrite").objectStore("events");
    const store = begin();
    let isHeld = true;
    const hold = (): void => void (isHeld && store.get("claims").addEventListener("success", hold));
    hold();
    globalThis.release = () =>
      new Promise((resolve) => {
        isHeld = false;
        begin()
          .get("claims")
          .addEventListener("success", () => {
            db.close();
            resolve();
          });
      });
  });
}

/** Opens another tab, and returns how many different events of the surface there are when it has nothing left to deliver. */
async function deliverAll(page: Page, surface: string, count: number): Promise<number> {
  const next = await page.context().newPage();
  await next.goto(`${stage.site.url}/`);
  await startTracker(next, stage.front.url, "take-over.next");
  await stage.arrival(surface, count);
  await expect.poll(() => stored(next), PATIENCE).toBe(0);
  return new Set(stage.arrived(surface).map(({ id }) => id)).size;
}

describe.skipIf("missing" in chromium)(`taking over${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());

  test("what a page gave up to take over, since the disk took too long, it does not take over later on", async () => {
    const surface = "take-over.slow";
    const page = await openAfter(surface);
    const holder = await page.context().newPage();
    await holder.goto(`${stage.site.url}/`);
    await holdUp(holder);
    stage.front.fault = () => "cut";
    await startTracker(page, stage.front.url, surface);
    await track(page, 1);
    await expect.poll(() => page.evaluate(() => tracker.stats().storage), PATIENCE).toBe("memory");
    await holder.evaluate(() => release());
    expect(await stored(holder)).toBe(5);
    await page.close();
    stage.front.fault = () => undefined;
    expect(await deliverAll(holder, surface, 6)).toBe(6);
  });

  test("what a page was taking over as it went, and was on the disk only then, is delivered by the next", async () => {
    const surface = "take-over.going";
    const page = await openAfter(surface);
    stage.front.fault = () => "cut";
    await page.evaluate(
      ([endpoint, name]) => {
        const { put } = IDBObjectStore.prototype;
        IDBObjectStore.prototype.put = function (...given) {
          // The last write of the transaction.
          if (given[1] === "claims") {
            IDBObjectStore.prototype.put = put;
            this.transaction.addEventListener("complete", () => (document.title = "committed"));
            window.dispatchEvent(new Event("pagehide"));
          }
          return put.apply(this, given);
        };
        globalThis.tracker = createTracker({ endpoint, writeKey: "wk_demo", unit: { type: "user", id: "u_1" } });
        tracker.request({ surface: name }).outcome("like", { itemId: "own" });
      },
      [stage.front.url, surface] as const,
    );
    await page.waitForFunction(() => document.title === "committed");
    const crashed = page.waitForEvent("crash");
    const devtools = await page.context().newCDPSession(page);
    devtools.send("Page.crash").catch(() => {});
    await crashed;
    stage.front.fault = () => undefined;
    expect(await deliverAll(page, surface, 6)).toBe(6);
  });

  test("what a tab of a version before has spilled is delivered, and what cannot be read keeps nothing from it", async () => {
    const surface = "take-over.older";
    const page = await openAfter(surface);
    const older = { left: [left("gone", surface, 6, 0)], saved: 5, born: 7 };
    await page.evaluate((text) => {
      localStorage["sightline-wk_demo:gone"] = text;
      localStorage["sightline-wk_demo:list"] = '{"left":null,"saved":[]}';
      localStorage["sightline-wk_demo:text"] = "no JSON";
    }, JSON.stringify(older));
    await startTracker(page, stage.front.url, "take-over.own");
    await stage.arrival(surface, 6);
    await expect.poll(() => stored(page), PATIENCE).toBe(0);
    expect(await page.evaluate(() => [errors, Object.keys(localStorage)])).toEqual([[], []]);
  });
});
