import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createShop } from "../../demo/shop/server.ts";
import { closeServer } from "../../relay/lib/close-server.ts";
import { chromiumService } from "../services/chromium.ts";
import { sharedChromium, type SharedChromium } from "../services/shared-chromium.ts";

const PATIENCE = { timeout: 10_000 };
const chromium = await chromiumService();

describe.skipIf("missing" in chromium)(`the demo shop${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  let shop: Server;
  let browser: SharedChromium;
  let page: Page;

  beforeAll(async () => {
    // Nobody takes what it sends: what is looked at is the page alone.
    shop = await createShop({ collector: "http://127.0.0.1:9", writeKey: "wk_demo", live: "http://127.0.0.1:8" });
    shop.listen(0, "127.0.0.1");
    await once(shop, "listening");
    browser = await sharedChromium();
    page = await (await browser.browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${(shop.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    await browser.close();
    await closeServer(shop, 0);
  });

  const overlay = () => page.locator("[data-sightline-overlay] [aria-label='Items by state']").allTextContents();

  test("links to the live view", async () => {
    expect(await page.getByRole("link", { name: "Live view" }).getAttribute("href")).toBe("http://127.0.0.1:8/");
  });

  test("has a switch for the debug overlay, which shows what was tracked before it, too, and stays on", async () => {
    await page.locator(".shelf .card").first().waitFor();
    expect(await overlay()).toEqual([]);
    await page.getByRole("switch", { name: "Show what is tracked" }).check();
    await expect.poll(overlay, PATIENCE).toEqual([expect.stringMatching(/seen [1-9]/)]);
    await page.reload();
    await expect.poll(overlay, PATIENCE).toEqual([expect.stringMatching(/rendered [1-9]/)]);
    await page.getByRole("switch", { name: "Show what is tracked" }).uncheck();
    await expect.poll(overlay, PATIENCE).toEqual([]);
  });
});
