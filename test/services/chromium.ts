/** A real Chromium for the tests: what is installed, else installed here, and it is said what is done. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium, type Browser, type BrowserContext } from "playwright-core";
import { ensureCommand, say } from "./machine.ts";
import { end, spawnTied } from "./spawn-tied.ts";

const run = promisify(execFile);

/** Commands under which distributions install it, or a browser of the same make. */
const COMMANDS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const ARGS = [
  "--headless=new",
  "--remote-debugging-port=0",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where Chromium is, or the reason why there is none. */
export type ChromiumService = { path: string } | { missing: string };

/**
 * Where a Chromium is: CHROMIUM_PATH, else what is installed, else as root on Debian what apt-get installs, else what playwright's
 * installer does. Throws where none can be had although SIGHTLINE_REQUIRE_SERVICES=1 says that it must.
 */
export async function chromiumService(): Promise<ChromiumService> {
  const given = process.env["CHROMIUM_PATH"];
  if (given) return existsSync(given) ? { path: given } : lacking(`CHROMIUM_PATH names ${given}, which is not there`);
  const installed = await installedPath();
  if (installed) return { path: installed };
  const reasons: string[] = [];
  for (const install of [installByApt, installByPlaywright]) {
    try {
      return { path: await install() };
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  return lacking(reasons.join("; "));
}

/** A running Chromium. */
export interface Chromium {
  /** For contexts of their own storage. Playwright keeps the pages in them visible, whatever is in front. */
  browser: Browser;
  /** The user's own tabs, which are hidden when another is in front. */
  context: BrowserContext;
  /** Ends it at once, as a crash does; its user data stays until `close`. */
  kill(): Promise<void>;
  /** Ends it, and removes its user data where it was made here. */
  close(): Promise<void>;
}

/**
 * Starts a headless Chromium with new user data, or with what an earlier one left. Throws where none can be had.
 *
 * It is started as a user does and not by Playwright, which switches off what these tests are about: the back/forward cache, the
 * throttling of timers in the background, and hidden tabs.
 */
export async function launchChromium({ userDataDir }: { userDataDir?: string } = {}): Promise<Chromium> {
  const { child, kill, close } = await openChromium("about:blank", userDataDir);
  return { ...(await drive(await addressOf(child))), kill, close };
}

/** Connects to a Chromium that listens there. */
export async function drive(address: string): Promise<Pick<Chromium, "browser" | "context">> {
  const browser = await chromium.connectOverCDP(address, { noDefaults: true });
  const [context] = browser.contexts();
  if (!context) throw new Error("expected a Chromium with a context of its own");
  return { browser, context };
}

/** Starts a headless Chromium on a page, that nobody drives: where a debugger is attached, nothing is prerendered. */
export async function openChromium(
  url: string,
  userDataDir?: string,
): Promise<Pick<Chromium, "kill" | "close"> & { child: ChildProcess }> {
  const found = await chromiumService();
  if ("missing" in found) throw new Error(found.missing);
  const folder = userDataDir ?? (await mkdtemp(join(tmpdir(), "sightline-chromium-")));
  const child = spawnTied(found.path, [`--user-data-dir=${folder}`, ...ARGS, url], { stdio: ["ignore", "ignore", "pipe"] });
  // Unread output would hold it up in the end.
  child.stderr?.resume();
  return {
    child,
    kill: () => end(child, "SIGKILL"),
    async close() {
      await end(child, "SIGTERM");
      if (userDataDir === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The address that a browser says it listens on. */
export async function addressOf(child: ChildProcess): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    child.stderr?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4096);
      const address = /(?:DevTools|WebDriver BiDi) listening on (ws:\S+)/.exec(output)?.[1];
      if (address) resolve(address);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the browser ended with ${code} before it listened: ${output}`)));
  });
}

function lacking(reason: string): ChromiumService {
  const missing = `Chromium cannot be had here: ${reason}`;
  if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw new Error(missing);
  say(missing);
  return { missing };
}

async function installedPath(): Promise<string | undefined> {
  for (const command of COMMANDS) {
    const found = await run("sh", ["-c", 'command -v "$1"', "sh", command]).catch(() => undefined);
    if (found) return found.stdout.trim();
  }
  const own = chromium.executablePath();
  return existsSync(own) ? own : undefined;
}

async function installByApt(): Promise<string> {
  await ensureCommand("chromium", "chromium");
  const path = await installedPath();
  if (path) return path;
  throw new Error("apt-get installed no chromium");
}

async function installByPlaywright(): Promise<string> {
  say("chromium: npx playwright-core install chromium");
  const installer = spawn("npx", ["playwright-core", "install", "chromium"], { stdio: ["ignore", 2, 2] });
  const [code] = (await once(installer, "exit")) as [number | null];
  const path = chromium.executablePath();
  if (code === 0 && existsSync(path)) return path;
  throw new Error(`npx playwright-core install chromium ended with ${code}`);
}
