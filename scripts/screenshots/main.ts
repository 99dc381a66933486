/**
 * `npm run screenshots`: runs the stack on a folder of its own, lets a visitor through the shop beside made-up traffic, and writes the pictures
 * of the docs: the live view in the light, in the dark with planted faults, and on a phone in an outage. Takes about three minutes.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { createShop } from "../../demo/shop/server.ts";
import { readStackSettings } from "../../dev/settings.ts";
import { startStack } from "../../dev/stack.ts";
import { launchChromium } from "../../test/services/chromium.ts";
import { smallPng } from "./small-png.ts";
import { orphans, post, refusals, requests, type Target } from "./traffic.ts";

/** Bytes that a picture may have. */
const MOST_BYTES = 120_000;
/** An outage shows at once. */
const QUICK = {
  LOG_LEVEL: "silent",
  EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS: "1",
  EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "1",
};
/** How long traffic runs before the first picture, seconds, and requests of each second. */
const SECONDS = 75;
const A_SECOND = 3;
const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));

function say(line: string): void {
  process.stderr.write(`screenshots: ${line}\n`);
}

/** Looks at the home page, follows a card, buys. */
async function visit(page: Page, shop: string): Promise<void> {
  await page.goto(shop);
  for (const y of [0, 500, 1000, 0]) {
    await page.evaluate((top) => window.scrollTo(0, top), y);
    await sleep(1500);
  }
  await page.locator(".shelf .card").nth(1).click();
  await page.locator(".buy").click();
  await sleep(1500);
}

async function picture(page: Page, name: string): Promise<void> {
  const { clientWidth: width, clientHeight: height } = await page.evaluate(() => {
    const { clientWidth, clientHeight } = document.documentElement;
    return { clientWidth, clientHeight };
  });
  // Without the scrollbar.
  const clip = { x: 0, y: 0, width, height };
  const image = await smallPng(page, await page.screenshot({ type: "png", animations: "disabled", clip }));
  if (image.length > MOST_BYTES) say(`${name}: expected at most ${MOST_BYTES} bytes, got ${image.length}`);
  writeFileSync(join(DOCS, name), image);
  say(`docs/${name}: ${image.length} bytes`);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sightline-screenshots-"));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  const relayToken = randomBytes(24).toString("base64url");
  const env = { ...process.env, DATA_DIR: folder, SHOP_PORT: "0", RELAY_PORT: "0", COLLECTOR_PORT: "0", ...QUICK };
  const ending = new AbortController();
  const stack = await startStack(readStackSettings(env, relayToken), { relayToken, say, signal: ending.signal, createShop });
  undo.defer(async () => void (await stack.stop(AbortSignal.abort())));
  const browser = await launchChromium();
  undo.defer(() => browser.close());
  const target: Target = stack;

  const desktop = await browser.browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme: "light" });
  const page = await desktop.newPage();
  await page.goto(stack.live);
  const visitor = await (await browser.browser.newContext()).newPage();
  for (let second = 0; second < SECONDS; second++) {
    await Promise.all([post(target, requests(A_SECOND)), sleep(1000)]);
    if (second % 30 === 5) await visit(visitor, stack.shop);
  }
  await sleep(3000);
  await picture(page, "live-light.png");

  await page.emulateMedia({ colorScheme: "dark" });
  await post(target, orphans());
  await post(target, refusals());
  await post(target, requests(2));
  await sleep(5000);
  await page.locator("#orphans summary").first().click();
  await page.locator("#refusals summary").first().click();
  await picture(page, "live-dark.png");

  const phone = await browser.browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme: "light" });
  const small = await phone.newPage();
  await small.goto(stack.live);
  await small.locator("#rate-chart canvas").waitFor();
  const writer = new DatabaseSync(join(folder, "bus.db"), { timeout: 10_000 });
  writer.exec("BEGIN IMMEDIATE");
  await post(target, requests(3));
  await small.locator("#trouble:not([hidden])").waitFor({ timeout: 90_000 });
  await picture(small, "live-phone.png");
  writer.exec("ROLLBACK");
  writer.close();
}

await main();
