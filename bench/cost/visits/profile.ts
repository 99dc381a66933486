/** The browser profile of a visitor, who may lose a tab or the whole browser. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { launchChromium } from "../../../test/services/chromium.ts";

/** A visitor's browser profile. */
export interface Profile {
  context(): BrowserContext;
  /** Ends the browser as a crash does, and starts it again on what it left. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A profile in a browser that others share, which is not to be killed. */
export async function sharedProfile(browser: Browser): Promise<Profile> {
  const context = await browser.newContext();
  return {
    context: () => context,
    restart: () => Promise.reject(new Error("expected a profile with a browser of its own")),
    close: () => context.close(),
  };
}

/** A profile on the disk, with a browser of its own. */
export async function ownProfile(): Promise<Profile> {
  const userDataDir = await mkdtemp(join(tmpdir(), "sightline-visitor-"));
  let chromium = await launchChromium({ userDataDir });
  return {
    context: () => chromium.context,
    async restart() {
      await chromium.kill();
      chromium = await launchChromium({ userDataDir });
    },
    async close() {
      await chromium.close();
      await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
