/** Firefox as an engine: started as a user does, and driven over WebDriver BiDi, which it speaks itself. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect, type Page } from "puppeteer-core";
import { addressOf } from "../chromium.ts";
import { ensureCommand, has } from "../machine.ts";
import { end, spawnTied } from "../spawn-tied.ts";
import type { Engine, EngineBrowser, Tab } from "./engine.ts";
import { killTree } from "./kill-tree.ts";
import { missingEngine } from "./missing.ts";
import { untilTrue } from "./until-true.ts";

const run = promisify(execFile);

/** Commands under which distributions install it. */
const COMMANDS = ["firefox-esr", "firefox"];

/** Keeps it from asking its makers for anything while it starts; the rest it switches off itself when it is driven. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,#none/v1",
  "toolkit.startup.max_resumed_crashes": -1,
};

/** Firefox: FIREFOX_PATH, else what is installed, else as root on Debian what apt-get installs. */
export const firefoxEngine: Engine = {
  name: "firefox",
  cannot: {},
  async find() {
    try {
      const { stdout } = await run(await pathOf(), ["--version"]);
      return { version: stdout.trim().replace(/^Mozilla /, "") };
    } catch (error) {
      return missingEngine("Firefox", (error as Error).message);
    }
  },
  async launch({ userDataDir } = {}): Promise<EngineBrowser> {
    const folder = userDataDir ?? (await mkdtemp(join(tmpdir(), "sightline-firefox-")));
    const preferences = Object.entries(PREFERENCES).map(
      (entry) => `user_pref(${entry.map((part) => JSON.stringify(part)).join()});`,
    );
    await writeFile(join(folder, "user.js"), preferences.join("\n"));
    const args = ["--headless", "--no-remote", "--profile", folder, "--remote-debugging-port=0", "about:blank"];
    const child = spawnTied(await pathOf(), args, { stdio: ["ignore", "ignore", "pipe"] });
    const browserWSEndpoint = `${await addressOf(child)}/session`;
    // The size of the window stays what it is.
    const browser = await connect({ browserWSEndpoint, protocol: "webDriverBiDi", defaultViewport: null });
    return {
      newTab: async ({ inBackground = false } = {}) => tabOf(await browser.newPage({ type: "tab", background: inBackground })),
      kill: () => killTree(child),
      async close() {
        if (child.exitCode === null && child.signalCode === null) await browser.close();
        await end(child, "SIGKILL");
        if (userDataDir === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  },
};

function tabOf(page: Page): Tab {
  const evaluate = <R, A>(fn: (arg: A) => R, arg?: A) => page.evaluate(fn as (arg: unknown) => R, arg) as Promise<Awaited<R>>;
  return {
    async goto(url) {
      await page.goto(url);
    },
    evaluate,
    async back() {
      // Puppeteer's own waits for a load, and so for ever where the page comes from the back/forward cache.
      await evaluate(() => {
        Object.assign(globalThis, { isLeft: true });
        setTimeout(() => history.back());
      });
      await untilTrue("the page before", () => evaluate(() => !("isLeft" in globalThis) && document.readyState === "complete"));
    },
    close: () => page.close(),
    async inFront() {
      await page.bringToFront();
      await untilTrue("a visible page", () => evaluate(() => document.visibilityState === "visible"));
    },
  };
}

async function pathOf(): Promise<string> {
  const given = process.env["FIREFOX_PATH"];
  if (given && !existsSync(given)) throw new Error(`FIREFOX_PATH names ${given}, which is not there`);
  if (given) return given;
  for (const command of COMMANDS) if (await has(command)) return command;
  await ensureCommand("firefox-esr", "firefox-esr");
  return "firefox-esr";
}
