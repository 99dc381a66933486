/** The Chromium of the run: one for each file that is under way, started once. */
import process from "node:process";
import { inject } from "vitest";
import type { Browser, BrowserContext } from "playwright-core";
import { addressOf, chromiumService, drive, openChromium } from "./chromium.ts";

/** What a file has of it while it runs. A test that kills its browser, or starts it again, launches one of its own. */
export interface SharedChromium {
  /** For contexts of their own storage. Playwright keeps the pages in them visible, whatever is in front. */
  browser: Browser;
  /** The user's own tabs, which are hidden when another is in front. Its storage is that of the whole run. */
  context: BrowserContext;
  /** Closes what was opened, and leaves Chromium to the next file. */
  close(): Promise<void>;
}

/** Connects to this worker's, which no other file has meanwhile. */
export async function sharedChromium(): Promise<SharedChromium> {
  const addresses = inject("chromium");
  const address = addresses[Number(process.env["VITEST_POOL_ID"]) - 1];
  if (address === undefined) throw new Error(`expected a Chromium for each worker, got ${addresses.length}`);
  const { browser, context } = await drive(address);
  // The tab that Chromium starts with stays, or it would end; of a file that failed others may be left.
  const closeTabs = () => Promise.all(context.pages().map((page) => page.url() === "about:blank" || page.close()));
  await closeTabs();
  return {
    browser,
    context,
    async close() {
      await closeTabs();
      await context.clearCookies();
      await browser.close();
    },
  };
}

/** Starts so many; none where there is no Chromium to be had. */
export async function startChromiums(count: number): Promise<{ addresses: string[]; stop: () => Promise<void> }> {
  if ("missing" in (await chromiumService())) return { addresses: [], stop: async () => {} };
  const all = await Promise.all(Array.from({ length: count }, () => openChromium("about:blank")));
  return {
    addresses: await Promise.all(all.map(({ child }) => addressOf(child))),
    stop: async () => void (await Promise.all(all.map(({ close }) => close()))),
  };
}
