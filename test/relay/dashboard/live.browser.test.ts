import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningRelay, runRelay } from "../../../relay/service/main.ts";
import { chromiumService } from "../../services/chromium.ts";
import { sharedChromium, type SharedChromium } from "../../services/shared-chromium.ts";
import { deliver, envelope, message, pack } from "../queue.ts";
import { untilReady } from "../../services/until-ready.ts";

const PATIENCE = { timeout: 10_000 };
const RELAY_TOKEN = "a-token-for-the-tests";
/** Bytes that the page may transfer until it shows something: its files, and the first of its stream. */
const MOST_BYTES = 100_000;
const chromium = await chromiumService();

describe.skipIf("missing" in chromium)(`the live view${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "sightline-live-"));
  let relay: RunningRelay;
  let browser: SharedChromium;
  let page: Page;
  let url: string;
  const errors: string[] = [];
  let bytes = 0;

  beforeAll(async () => {
    relay = await runRelay({ RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LIVE_VIEW: "true", LOG_LEVEL: "silent" });
    url = `http://127.0.0.1:${relay.port}`;
    await untilReady(url);
    browser = await sharedChromium();
    page = await browser.context.newPage();
    page.on("console", (line) => void (line.type() === "error" && errors.push(line.text())));
    page.on("pageerror", ({ message: text }) => void errors.push(text));
    const network = await browser.context.newCDPSession(page);
    await network.send("Network.enable");
    network.on("Network.loadingFinished", ({ encodedDataLength }) => void (bytes += encodedDataLength));
    network.on(
      "Network.dataReceived",
      ({ requestId, encodedDataLength }) => void (requestId === stream && (bytes += encodedDataLength)),
    );
    let stream = "";
    network.on("Network.responseReceived", ({ requestId, type }) => void (type === "EventSource" && (stream = requestId)));
    await page.goto(url);
  });
  afterAll(async () => {
    await browser.close();
    await relay.stop();
    rmSync(folder, { recursive: true });
  });

  const text = (selector: string) => page.locator(selector).textContent();
  const row = (words: string) => page.locator("#events tbody tr", { hasText: words }).first();
  const violations = async (): Promise<string[]> => {
    const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    // Not by a script tag: the page's policy allows none but its own.
    await page.evaluate(source);
    return page.evaluate(async () => {
      const found = await (globalThis as unknown as { axe: typeof axe }).axe.run();
      return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
    });
  };

  test("says first that nothing is known yet, and does so in less than 100 kB", async () => {
    await expect.poll(() => text("#sentence"), PATIENCE).toBe("No outcome has arrived; 0 exposures have.");
    expect(await text("#answer")).toBe("Not known yet");
    await expect.poll(() => page.locator("#types-chart canvas").count(), PATIENCE).toBe(1);
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThan(MOST_BYTES);
  });

  test("shows what arrives, joined, and the copies that were dropped, without a reload", async () => {
    const decided = envelope({
      id: "live-0000",
      event_type: "decision",
      request_id: "r_live_01",
      items: [{ item_id: "a" }, { item_id: "b" }],
    });
    const seen = envelope({ id: "live-0001", request_id: "r_live_01" });
    const clicked = envelope({ id: "live-0002", event_type: "click", request_id: "r_live_01" });
    const stray = envelope({ id: "live-0003", event_type: "click", request_id: "r_live_02" });
    await deliver(url, RELAY_TOKEN, [message("a", pack([decided, seen, clicked, stray])), message("b", pack([seen]))]);
    await expect
      .poll(() => text("#sentence"), PATIENCE)
      .toMatch(/^1 of 1 outcome joins what was seen \(100\.0\s%\)\. 1 more still waits for its exposure\./);
    expect(await text("#interval")).toMatch(/^1 of 2, 1 of the others waiting; Wilson interval at 95 %: 9\.4\s%/);
    expect(await page.locator("#funnel .stages b").allTextContents()).toEqual(["2", "1 to 2", "1", "1"]);
    await expect.poll(() => text("#tiles"), PATIENCE).toMatch(/copies dropped1/);
    expect(await page.locator("#events td.joined").count()).toBe(1);
  });

  test("an orphan is joined when its exposure arrives after it, and its line says so", async () => {
    await expect.poll(() => row("r_live_02").locator("td").nth(2).textContent(), PATIENCE).toBe("orphan so far");
    await deliver(url, RELAY_TOKEN, [message("c", pack([envelope({ id: "live-0004", request_id: "r_live_02" })]))]);
    await expect.poll(() => page.locator("#events td.orphan").count(), PATIENCE).toBe(0);
    expect(await page.locator("#events td.joined").count()).toBe(2);
    await expect.poll(() => text("#orphans-empty"), PATIENCE).toBe("Every outcome is joined.");
  });

  test("the path of a request goes from its decision to its outcome, with times", async () => {
    await row("r_live_01").locator("button.id").click();
    expect(await text("#dialog-title")).toBe("Request r_live_01");
    const steps = await page.locator(".path li").allTextContents();
    expect(steps.map((step) => step.split(" ")[0])).toEqual(["decision", "exposure", "click"]);
    expect(steps[0]).toMatch(/happened 2026-01-01\s10:00:00\sUTC; collector \+1\.00\ss; bus \+[\d.]+\s(min|h|days)/);
    const items = await page.locator("#dialog tbody tr").allTextContents();
    expect(items).toHaveLength(2);
    expect(items[1]).toMatch(/^b2.*not on the bus.*no exposure/);
    expect(await violations()).toEqual([]);
    await page.keyboard.press("Escape");
    expect(await page.locator("dialog[open]").count()).toBe(0);
  });

  test("the JSON of an event shows the pipeline's names, and neither its unit nor free texts", async () => {
    const guarded = envelope({ id: "live-0007", request_id: "r_live_07", unit_id: "somebody-known" });
    const payload = { ...guarded.payload, context: { policy_version_id: "p1", note: "call me" } };
    await deliver(url, RELAY_TOKEN, [message("p", pack([{ ...guarded, payload }]))]);
    await row("r_live_07").getByRole("button", { name: /JSON/ }).click();
    const json = JSON.parse((await text("#dialog pre")) ?? "");
    expect(json.payload).toMatchObject({
      unit_id: "som…",
      request_id: "r_live_07",
      context: { policy_version_id: "p1", note: "‹text, 7›" },
    });
    await page.keyboard.press("Escape");
  });

  test("a refused event has its code, its cause in words, and its time with date and zone", async () => {
    const refused = { ...envelope({ id: "rej-0001" }), type: "edge.event.rejected.v1", event_type: "unknown" };
    const payload = { index: 0, error: "missing_timestamp", message: "timestamp is required" };
    await deliver(url, RELAY_TOKEN, [message("r", pack([JSON.stringify({ ...refused, payload })]))]);
    await expect
      .poll(() => page.locator("#events td.rejected").allTextContents(), PATIENCE)
      .toEqual(["refused: missing_timestamp"]);
    expect(await text("#refusals")).toMatch(
      /1 missing_timestampTimestamp is required\. 1\sevent of this code reached no figure\./,
    );
    expect(await page.locator("#events time").first().textContent()).toMatch(/^\d{4}-\d\d-\d\d\s\d\d:\d\d:\d\d\sUTC$/);
  });

  test("a request under two units is named as a reason for doubt", async () => {
    const other = envelope({ id: "live-0006", request_id: "r_live_01", unit_id: "u2" });
    await deliver(url, RELAY_TOKEN, [message("u", pack([other]))]);
    await expect.poll(() => text("#reasons"), PATIENCE).toMatch(/1 request id is under more than one unit.*\(r_live_01\)/);
  });

  test("a rate over 100 % comes with its cause", async () => {
    const clicks = ["live-0010", "live-0011", "live-0012", "live-0013", "live-0014", "live-0015"];
    const again = clicks.map((id) => envelope({ id, event_type: "click", request_id: "r_live_01" }));
    await deliver(url, RELAY_TOKEN, [message("w", pack(again))]);
    await expect.poll(() => text("#positions tbody tr"), PATIENCE).toMatch(/over 100 % by repeated clicks/);
    expect(await text("#reasons")).toMatch(/position 1: over 100 %, since 6 of its clicks are on what was clicked before/);
  });

  test("the list is filtered by words and by kind, and stands still while it is paused", async () => {
    await page.locator("#filter").fill("r_live_02");
    expect(await page.locator("#events tbody tr").count()).toBe(2);
    await page.locator("#kind").selectOption("joined");
    expect(await page.locator("#events tbody tr").count()).toBe(1);
    await page.locator("#filter").fill("");
    await page.locator("#kind").selectOption("");
    await page.locator("#pause").click();
    const before = await page.locator("#events tbody tr").count();
    await deliver(url, RELAY_TOKEN, [message("f", pack([envelope({ id: "live-0008", request_id: "r_live_08" })]))]);
    await expect.poll(() => text("#pause"), PATIENCE).toBe("Go on (1 new)");
    expect(await page.locator("#events tbody tr").count()).toBe(before);
    await page.locator("#pause").click();
    expect(await page.locator("#events tbody tr").count()).toBe(before + 1);
  });

  test("what a sender put into a name is shown as text", async () => {
    const odd = envelope({ id: "live-0005", request_id: "r_live_03", items: [{ item_id: "<img src=x onerror=alert(1)>" }] });
    await deliver(url, RELAY_TOKEN, [message("d", pack([odd]))]);
    await expect.poll(() => text("#events"), PATIENCE).toContain("<img src=x");
    expect(await page.locator("#events img").count()).toBe(0);
  });

  test.each(["light", "dark"] as const)("axe finds nothing to mend in the %s", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const details of await page.locator("details:not([open]) summary").all()) await details.click();
    expect(await violations()).toEqual([]);
  });

  test("fits a phone", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    expect(await violations()).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test("nothing in the page goes against its own policy, or fails", () => {
    expect(errors).toEqual([]);
  });

  test("a page of another host name that was pointed at it is refused", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${url}/api/counters`, { headers: { host: "evil.example" } }, (answer) => resolve(answer.statusCode));
      asked.on("error", reject).end();
    });
    expect(status).toBe(401);
  });

  describe("of a relay that takes nothing, behind a token", () => {
    let stopped: RunningRelay;

    beforeAll(async () => {
      const settings = { RELAY_PORT: "0", LIVE_VIEW: "token", LOG_LEVEL: "silent", ENABLE_EVENT_BUS: "false" };
      stopped = await runRelay({ RELAY_TOKEN, DATA_DIR: join(folder, "stopped"), ...settings });
      await page.goto(`http://127.0.0.1:${stopped.port}`);
    });
    afterAll(() => stopped.stop());

    test("shows nothing before it was given the token, and keeps that from scripts", async () => {
      await page.locator("#token").fill("another-token-than-that");
      await page.keyboard.press("Enter");
      await expect.poll(() => text("#refused"), PATIENCE).toBe("This is not the relay's token.");
      expect(await violations()).toEqual([]);
      await page.locator("#token").fill(RELAY_TOKEN);
      await page.keyboard.press("Enter");
      await page.locator("#view").waitFor();
      expect(await page.evaluate(() => document.cookie)).toBe("");
      await page.reload();
      await page.locator("#view").waitFor();
    });

    test("is red, and says why, while the relay takes nothing", async () => {
      await expect.poll(() => text("#trouble"), PATIENCE).toMatch(/^nothing is taken: .*ENABLE_EVENT_BUS/);
      expect(await page.locator("#link").getAttribute("data-on")).toBe("false");
      expect(await text("#answer")).toBe("Not now");
    });
  });
});
