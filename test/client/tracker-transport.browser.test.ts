import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext } from "playwright-core";
import { chromiumService } from "../services/chromium.ts";
import { PATIENCE, startStage, track, type Stage } from "./stage/stage.ts";
import { account, settled } from "./tracker-tab.ts";

const chromium = await chromiumService();
let stage: Stage;
let user: BrowserContext;
let surface: string;
let count = 0;

describe.skipIf("missing" in chromium)(`ways to the collector${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `tracker.transport${++count}`;
    user = await stage.newUser();
    return async () => {
      stage.front.fault = () => undefined;
      await user.close();
    };
  });

  test("events that are refused again and again get behind the others, which are delivered", async () => {
    const page = await stage.openTab(user, surface, { flushInterval: 600_000, batchSize: 4 });
    let refused = 0;
    stage.front.fault = ({ batch }) => {
      if (!batch.events.some(({ item_id }) => item_id === "i1")) return undefined;
      refused++;
      return { status: 503 };
    };
    await track(page, 12);
    const others = Array.from({ length: 12 }, (_, i) => `i${i}`).filter((item) => item !== "i1");
    const arrived = (): string[] => stage.arrived(surface).map(({ payload }) => payload.item_id ?? "");
    const next = async (): Promise<string[]> => {
      await page.evaluate(() => tracker.flush());
      return arrived().toSorted();
    };
    await expect.poll(next, PATIENCE).toEqual(others.toSorted());
    expect(refused).toBeGreaterThanOrEqual(5);
    expect(await account(page)).toMatchObject({ accepted: 11, queued: 1, lost: [] });
    stage.front.fault = () => undefined;
    await page.evaluate(() => tracker.flush());
    expect(await settled(page, 12)).toMatchObject({ lost: [] });
  });

  test("a beacon in the place of a request that failed is no acknowledgement: the events stay, and are sent again as they are", async () => {
    const page = await stage.openTab(stage.chromium.context, surface, { flushInterval: 600_000 });
    const modes: (string | string[] | undefined)[] = [];
    let cuts = 0;
    stage.front.fault = ({ headers, batch }) => {
      if (batch.events[0]?.surface !== surface) return undefined;
      modes.push(headers["sec-fetch-mode"]);
      return ++cuts === 1 ? "cut" : undefined;
    };
    // What a hidden page records goes at once, and not as of a page that leaves.
    await page.bringToFront();
    await page.waitForFunction(() => document.visibilityState === "visible");
    // They wait, as outcomes do not.
    await page.evaluate(() => {
      for (let i = 1; i <= 5; i++) request.decision([{ itemId: `i${i}`, position: i }]);
    });
    const other = await stage.chromium.context.newPage();
    await stage.arrival(surface, 5);
    expect(modes.slice(0, 2)).toEqual(["cors", "no-cors"]);
    await page.bringToFront();
    await page.evaluate(() => tracker.flush());
    expect(await settled(page, 5)).toMatchObject({ tracked: 5, lost: [] });
    const copies = await stage.arrival(surface, 10);
    expect(new Set(copies.map(({ id, metadata }) => `${id} ${metadata.content_hash}`)).size).toBe(5);
    await Promise.all([page.close(), other.close()]);
  });
});
