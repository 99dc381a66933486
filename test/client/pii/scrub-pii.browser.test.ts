/** The scrubber in its place: what a page stores and sends, and what arrives. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { chromiumService } from "../../services/chromium.ts";
import { bundleScript } from "../dom/bundle-script.ts";
import { PATIENCE, startStage, type Stage } from "../stage/stage.ts";

const chromium = await chromiumService();
let stage: Stage;
let page: Page;

/** Everything that the origin has stored, as text. */
const stored = (): Promise<string> =>
  page.evaluate(async () => {
    const found: unknown[] = [{ ...localStorage }];
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.addEventListener("success", () => resolve(opening.result));
        opening.addEventListener("error", () => reject(opening.error));
      });
      for (const store of database.objectStoreNames) {
        const reading = database.transaction(store).objectStore(store).getAll();
        await new Promise((resolve) => reading.addEventListener("success", resolve));
        found.push(reading.result);
      }
      database.close();
    }
    return JSON.stringify(found);
  });

/** Makes the page's tracker for a unit. */
const start = (id: string): Promise<void> =>
  page.evaluate(
    ([endpoint, unitId]) => {
      const context = { page: "/reset?token=abc&lang=nl" };
      const unit = { type: "user", id: unitId };
      globalThis.tracker = createTracker({ endpoint, writeKey: "wk_demo", unit, context, scrub: scrubOf(), flushInterval: 50 });
      globalThis.request = tracker.request({ surface: "pii" });
    },
    [stage.front.url, id] as const,
  );

describe.skipIf("missing" in chromium)(`scrubPii in a page${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
    page = await (await stage.newUser()).newPage();
    await page.goto(`${stage.site.url}/`);
    await page.addScriptTag({ content: await bundleScript(fileURLToPath(new URL("page.ts", import.meta.url))) });
  });
  afterAll(() => stage.close());

  test("personal data is neither stored nor sent, in an event or in what is common to all", async () => {
    stage.front.fault = () => ({ status: 503 });
    await start("u_1");
    await page.evaluate(() => {
      request.outcome("like", { itemId: "a", payload: { note: "mail ann@example.com", phone: "0612345678" } });
      return tracker.flush();
    });
    await expect.poll(stored, PATIENCE).toContain("[email]");
    expect(await stored()).not.toMatch(/ann@|0612345678|token=abc/);
    stage.front.fault = () => undefined;
    await page.evaluate(() => tracker.flush());
    const [arrived] = await stage.arrival("pii", 1);
    expect(arrived?.payload).toMatchObject({
      unit_id: "u_1",
      context: { page: "/reset?token=[redacted]&lang=nl" },
      payload: { note: "mail [email]", phone: "[redacted]" },
    });
    expect(JSON.stringify(stage.front.requests)).not.toMatch(/ann@|0612345678|token=abc/);
  });

  test("a unit that is an e-mail address is neither stored nor sent, and its events are counted as refused", async () => {
    await start("ann@example.com");
    await page.evaluate(() => request.outcome("like", { itemId: "b" }));
    await expect.poll(() => page.evaluate(() => tracker.stats().dropped), PATIENCE).toEqual({ scrubbed: 1 });
    expect(JSON.stringify(stage.front.requests) + (await stored())).not.toContain("ann@");
    expect(stage.arrived("pii")).toHaveLength(1);
  });
});
