/** The Chromiums of the run: one for each worker, started when its first file asks for it. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { inject } from "vitest";
import type { Browser, BrowserContext } from "playwright-core";
import { addressOf, drive, openChromium } from "./chromium.ts";

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
  const given = await fetch(`${inject("chromium")}/${process.env["VITEST_POOL_ID"]}`);
  if (!given.ok) throw new Error(await given.text());
  const { browser, context } = await drive(await given.text());
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

/** Serves the address of a Chromium for each path, which is started when it is first asked for, and again where it has ended. */
export async function serveChromiums(): Promise<{ url: string; stop: () => Promise<void> }> {
  const started = new Map<string, ReturnType<typeof launch>>();
  const runningFor = async (name: string): Promise<Awaited<ReturnType<typeof launch>>> => {
    const known = await started.get(name)?.catch(() => undefined);
    if (known?.child.exitCode === null && known.child.signalCode === null) return known;
    started.set(name, launch());
    return started.get(name)!;
  };
  const server = createServer(({ url = "" }, response) => {
    runningFor(url).then(
      ({ address }) => response.end(address),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      const all = await Promise.allSettled(started.values());
      await Promise.all(all.map((one) => one.status === "fulfilled" && one.value.close()));
    },
  };
}

async function launch() {
  const opened = await openChromium("about:blank");
  return { ...opened, address: await addressOf(opened.child) };
}
