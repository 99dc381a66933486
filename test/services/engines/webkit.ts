/**
 * WebKitGTK as an engine: a window with tabs of its own parts (webkit-host.py), on a display that nobody sees. Not by its WebDriver: that
 * starts each session with empty user data, so that no browser could be started again on what a killed one has left.
 */
import { type ChildProcess, execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ensureCommand, installPackages } from "../machine.ts";
import { familyOf, isAlive } from "../family.ts";
import { spawnTied } from "../spawn-tied.ts";
import type { Engine, EngineBrowser, Tab } from "./engine.ts";
import { killTree } from "./kill-tree.ts";
import { missingEngine } from "./missing.ts";
import { type Ask, takeOrders } from "./take-orders.ts";
import { untilTrue } from "./until-true.ts";
import { startDisplay } from "./virtual-display.ts";

const run = promisify(execFile);

const HOST = fileURLToPath(new URL("webkit-host.py", import.meta.url));
/** Debian's packages are for Debian's own Python, whichever comes first on the PATH. */
const PYTHONS = ["/usr/bin/python3", "python3"];
const SAY_VERSION = `
import gi
gi.require_version("WebKit2", "4.1")
from gi.repository import WebKit2 as w
print(w.get_major_version(), w.get_minor_version(), w.get_micro_version(), sep=".")`;
/** No services of a desktop, which would have to be there and would outlive it. */
const ENV = { GDK_BACKEND: "x11", GSETTINGS_BACKEND: "memory", GIO_USE_VFS: "local", NO_AT_BRIDGE: "1" };

/** WebKitGTK: what is installed, else as root on Debian what apt-get installs. */
export const webkitEngine: Engine = {
  name: "webkit",
  cannot: {},
  async find() {
    try {
      await ensureCommand("Xvfb", "xvfb");
      return { version: `WebKitGTK ${(await pythonOnce()).version}` };
    } catch (error) {
      return missingEngine("WebKitGTK", (error as Error).message);
    }
  },
  async launch({ userDataDir } = {}): Promise<EngineBrowser> {
    const { python } = await pythonOnce();
    const folder = userDataDir ?? (await mkdtemp(join(tmpdir(), "sightline-webkit-")));
    const display = await startDisplay();
    const env = { ...process.env, ...ENV, DISPLAY: display.name };
    const host = spawnTied(python, [HOST, folder], { env, stdio: ["pipe", "pipe", "pipe"] });
    const ask = await takeOrders(host).catch(async (error: unknown) => {
      await display.close();
      throw error;
    });
    let tabs = 0;
    return {
      newTab: async ({ inBackground = false } = {}) => tabOf(ask, ++tabs, inBackground),
      async kill() {
        await killTree(host);
        await display.close();
      },
      async close() {
        await quit(host);
        await display.close();
        if (userDataDir === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  },
};

async function tabOf(ask: Ask, tab: number, inBackground: boolean): Promise<Tab> {
  await ask({ do: "open", tab, inBackground });
  const evaluate = async <R, A>(fn: (arg: A) => R, arg?: A): Promise<Awaited<R>> => {
    const body = `return JSON.stringify(await (${fn.toString()})(${JSON.stringify(arg) ?? ""}))`;
    const json = (await ask({ do: "evaluate", tab, body })) as string | undefined;
    return (json === undefined ? undefined : JSON.parse(json)) as Awaited<R>;
  };
  return {
    async goto(url) {
      await ask({ do: "goto", tab, url });
    },
    evaluate,
    async back() {
      await ask({ do: "back", tab });
    },
    async close() {
      await ask({ do: "close", tab });
    },
    async inFront() {
      await ask({ do: "show", tab });
      await untilTrue("a visible page", () => evaluate(() => document.visibilityState === "visible"));
    },
  };
}

/** Ends it in order; resolves when all its processes are gone, so that its user data are free. */
async function quit(host: ChildProcess): Promise<void> {
  if (host.pid === undefined || host.exitCode !== null || host.signalCode !== null) return;
  const family = familyOf(host.pid);
  host.stdin?.end();
  await untilTrue("a browser that has ended", () => Promise.resolve(!family.some(({ pid }) => isAlive(pid))));
}

/** A Python that has WebKitGTK, and its version. */
interface Found {
  python: string;
  version: string;
}

let found: Promise<Found> | undefined;
/** Looked for once: to load WebKitGTK takes longer than to start it. */
const pythonOnce = (): Promise<Found> => (found ??= findPython());

async function findPython(): Promise<Found> {
  const installed = await installedPython();
  if (installed) return installed;
  await installPackages("WebKitGTK for Python", ["python3-gi", "gir1.2-webkit2-4.1"]);
  const now = await installedPython();
  if (now) return now;
  throw new Error("apt-get installed no gir1.2-webkit2-4.1 that /usr/bin/python3 can use");
}

async function installedPython(): Promise<Found | undefined> {
  for (const python of PYTHONS) {
    const said = await run(python, ["-c", SAY_VERSION]).catch(() => undefined);
    if (said) return { python, version: said.stdout.trim() };
  }
  return undefined;
}
