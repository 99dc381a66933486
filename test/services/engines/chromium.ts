/** Chromium as an engine: started as a user does, and driven by Playwright over its debugging port. */
import type { Page } from "playwright-core";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { addressOf, chromiumService, drive, openChromium } from "../chromium.ts";
import type { Engine, EngineBrowser, Tab } from "./engine.ts";
import { killTree } from "./kill-tree.ts";
import { untilTrue } from "./until-true.ts";

const run = promisify(execFile);

/** Chromium, or a browser of the same make. */
export const chromiumEngine: Engine = {
  name: "chromium",
  cannot: {},
  async find() {
    const found = await chromiumService();
    if ("missing" in found) return found;
    const { stdout } = await run(found.path, ["--version"]);
    return { version: /\S+ [\d.]+/.exec(stdout)?.[0] ?? stdout.trim() };
  },
  async launch({ userDataDir } = {}): Promise<EngineBrowser> {
    const { child, close } = await openChromium("about:blank", userDataDir);
    const { browser, context } = await drive(await addressOf(child));
    const devtools = await browser.newBrowserCDPSession();
    return {
      async newTab({ inBackground = false } = {}) {
        const opened = context.waitForEvent("page");
        await devtools.send("Target.createTarget", { url: "about:blank", background: inBackground });
        return tabOf(await opened);
      },
      kill: () => killTree(child),
      close,
    };
  },
};

function tabOf(page: Page): Tab {
  return {
    async goto(url) {
      await page.goto(url);
    },
    evaluate: <R, A>(fn: (arg: A) => R, arg?: A) => page.evaluate(fn as (arg: unknown) => R, arg) as Promise<Awaited<R>>,
    async back() {
      // A page from the back/forward cache does not load.
      await page.goBack({ waitUntil: "commit" });
      await untilTrue("a loaded page", () => page.evaluate(() => document.readyState === "complete"));
    },
    close: () => page.close(),
    async inFront() {
      await page.bringToFront();
      await untilTrue("a visible page", () => page.evaluate(() => document.visibilityState === "visible"));
    },
  };
}
