import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningRelay, runRelay } from "../../../relay/service/main.ts";
import { chromiumService } from "../../services/chromium.ts";
import { sharedChromium, type SharedChromium } from "../../services/shared-chromium.ts";
import { deliver, envelope, message, pack } from "../queue.ts";
import { untilReady } from "../../services/until-ready.ts";

const PATIENCE = { timeout: 10_000 };
const RELAY_TOKEN = "a-token-for-the-tests";
const chromium = await chromiumService();

describe.skipIf("missing" in chromium)(`the live view${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "sightline-live-"));
  let relay: RunningRelay;
  let browser: SharedChromium;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    relay = await runRelay({ RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LIVE_VIEW: "true", LOG_LEVEL: "silent" });
    url = `http://127.0.0.1:${relay.port}`;
    await untilReady(url);
    browser = await sharedChromium();
    page = await browser.context.newPage();
    await page.goto(url);
  });
  afterAll(async () => {
    await browser.close();
    await relay.stop();
    rmSync(folder, { recursive: true });
  });

  /** The numbers that the page shows now. */
  const tiles = async (): Promise<Record<string, string>> => {
    const numbers = await page.locator(".tile b").all();
    return Object.fromEntries(await Promise.all(numbers.map(async (b) => [await b.getAttribute("id"), await b.textContent()])));
  };

  test("shows what arrives, joined, and the copies that were dropped, without a reload", async () => {
    const seen = envelope({ id: "live-0001", request_id: "r_live_01" });
    const clicked = envelope({ id: "live-0002", event_type: "click", request_id: "r_live_01" });
    const stray = envelope({ id: "live-0003", event_type: "click", request_id: "r_live_02" });
    await deliver(url, RELAY_TOKEN, [message("a", pack([seen, clicked, stray])), message("b", pack([seen]))]);
    await expect
      .poll(tiles, PATIENCE)
      .toMatchObject({ exposures: "1", outcomes: "2", joined: "1", orphans: "1", duplicates: "1", held: "0" });
    const rows = await page.locator("#recent tbody tr").allTextContents();
    expect(rows.filter((row) => row.includes("joined"))).toHaveLength(1);
  });

  test("an orphan is joined when its exposure arrives after it, and its line says so", async () => {
    const line = page.locator("#recent tr", { hasText: "r_live_02" });
    expect(await line.locator("td").nth(2).textContent()).toBe("orphan so far");
    await deliver(url, RELAY_TOKEN, [message("c", pack([envelope({ id: "live-0004", request_id: "r_live_02" })]))]);
    await expect.poll(tiles, PATIENCE).toMatchObject({ joined: "2", orphans: "0" });
    expect(await line.locator("td").nth(2).allTextContents()).not.toContain("orphan so far");
  });

  test("times have their date, and a refused event its code", async () => {
    const refused = { ...envelope({ id: "rej-0001" }), type: "edge.event.rejected.v1", event_type: "unknown" };
    const payload = { index: 0, error: "missing_timestamp", message: "timestamp is required" };
    await deliver(url, RELAY_TOKEN, [message("r", pack([JSON.stringify({ ...refused, payload })]))]);
    await expect
      .poll(() => page.locator("#recent td.rejected").allTextContents(), PATIENCE)
      .toEqual(["rejected: missing_timestamp"]);
    expect(await page.locator("#recent td").first().textContent()).toBe("2026-01-01 10:00:00");
    expect(await page.locator("#recent th").first().textContent()).toBe("time, UTC");
  });

  test("a request under two units is named", async () => {
    const other = envelope({ id: "live-0006", request_id: "r_live_01", unit_id: "u2" });
    await deliver(url, RELAY_TOKEN, [message("u", pack([other]))]);
    await expect
      .poll(() => page.locator("#notes").textContent(), PATIENCE)
      .toMatch(/1 request ids are under more than one unit.*\(r_live_01\)/);
  });

  test("fits a phone", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test("what a sender put into a name is shown as text", async () => {
    const odd = envelope({ id: "live-0005", request_id: "r_live_03", items: [{ item_id: "<img src=x onerror=alert(1)>" }] });
    await deliver(url, RELAY_TOKEN, [message("d", pack([odd]))]);
    await expect.poll(() => page.locator("#recent").textContent(), PATIENCE).toContain("<img src=x");
    expect(await page.locator("#recent img").count()).toBe(0);
  });

  test("a page of another host name that was pointed at it is refused", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${url}/api/counters`, { headers: { host: "evil.example" } }, (answer) => resolve(answer.statusCode));
      asked.on("error", reject).end();
    });
    expect(status).toBe(403);
  });

  test("is red, and says why, while the relay takes nothing", async () => {
    const stopped = await runRelay({
      RELAY_TOKEN,
      RELAY_PORT: "0",
      DATA_DIR: join(folder, "stopped"),
      LIVE_VIEW: "true",
      LOG_LEVEL: "silent",
      ENABLE_EVENT_BUS: "false",
    });
    try {
      await page.goto(`http://127.0.0.1:${stopped.port}`);
      const link = page.locator("#link");
      await expect.poll(() => link.textContent(), PATIENCE).toMatch(/^nothing is taken: .*ENABLE_EVENT_BUS/);
      expect(await link.getAttribute("data-on")).toBe("false");
    } finally {
      await stopped.stop();
    }
  });
});
