/** The package as it is published, bundled as an app would and run in a page. */
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { installPackage, type Installed } from "../../../client/scripts/install-package.ts";
import { chromiumService } from "../../services/chromium.ts";
import { PATIENCE, startStage, stored, track, type Stage } from "../stage/stage.ts";

const chromium = await chromiumService();
/** An interval that no test waits for. */
const NEVER = { flushInterval: 600_000 };

describe.skipIf("missing" in chromium)("the package as it is published", () => {
  let installed: Installed;
  let stage: Stage;
  let user: BrowserContext;

  beforeAll(async () => {
    installed = await installPackage();
    stage = await startStage(join(installed.folder, "node_modules", installed.manifest.name, "index.js"));
  });
  afterAll(async () => {
    await stage?.close();
    await installed?.remove();
  });
  beforeEach(async () => {
    user = await stage.newUser();
    return () => user.close();
  });

  test("records an exposure after a second in view, and a click of the item in the same request", async () => {
    const page = await stage.openTab(user, "built.seen", { flushInterval: 50 });
    await page.evaluate(() => request.observe(document.querySelector("#top")!, { itemId: "top", position: 1 }));
    await stage.arrival("built.seen", 1);
    await page.evaluate(() => tracker.outcome("click", { itemId: "top" }));
    const events = (await stage.arrival("built.seen", 2)).map(({ payload }) => payload);
    expect(events.map(({ event_type }) => event_type).toSorted()).toEqual(["click", "exposure"]);
    expect(new Set(events.map(({ request_id }) => request_id)).size).toBe(1);
    expect(await page.evaluate(() => errors)).toEqual([]);
  });

  test("counts what the collector refuses, by its code", async () => {
    const page = await stage.openTab(user, "built.refused", NEVER);
    await track(page, 2);
    await page.evaluate(() => request.outcome("like", { itemId: "bad", position: 0 }));
    await page.evaluate(() => tracker.flush());
    const { tracked, accepted, rejected, queued, storage } = await page.evaluate(() => tracker.stats());
    expect({ tracked, accepted, rejected, queued, storage }).toEqual({
      tracked: 3,
      accepted: 2,
      rejected: { invalid_position: 1 },
      queued: 0,
      storage: "indexeddb",
    });
  });

  test("keeps events in IndexedDB, and the next page sends those of one that was closed", async () => {
    const page = await stage.openTab(user, "built.kept", NEVER);
    stage.front.fault = () => "cut";
    await track(page, 3);
    await expect.poll(() => stored(page), PATIENCE).toBe(3);
    await page.close({ runBeforeUnload: true });
    stage.front.fault = () => undefined;
    await stage.openTab(user, "built.next", { flushInterval: 50 });
    expect((await stage.arrival("built.kept", 3)).map(({ payload }) => payload.seq).toSorted()).toEqual([1, 2, 3]);
  });

  test("stops at a denial, and leaves nothing stored", async () => {
    const page = await stage.openTab(user, "built.denied", NEVER);
    await track(page, 2);
    await page.evaluate(() => tracker.consent("denied"));
    await track(page, 1);
    const { tracked, dropped, storage } = await page.evaluate(() => tracker.stats());
    expect({ tracked, dropped, storage }).toEqual({ tracked: 2, dropped: { consent: 2 }, storage: "none" });
    await expect
      .poll(() => page.evaluate(async () => (await indexedDB.databases()).length + localStorage.length), PATIENCE)
      .toBe(0);
  });
});
