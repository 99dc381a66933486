/** What the tests of the hooks share: a tab with React in it, and what has arrived from it. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Page } from "playwright-core";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import { bundleScript } from "../dom/bundle-script.ts";
import { PATIENCE, type Stage } from "../stage/stage.ts";

/** The versions of React that the hooks are for, and the packages that each is taken from. */
export const VERSIONS = [
  { version: 19, alias: {} },
  { version: 18, alias: { react: "react-18", "react-dom": "react-dom-18" } },
] as const;

/** The script that gives a page React and the hooks. */
export const bundleReact = (alias: Record<string, string>): Promise<string> =>
  bundleScript(fileURLToPath(new URL("page.ts", import.meta.url)), alias);

/** A tab. */
export interface ReactTab {
  page: Page;
  /** Envelopes of exposures that have arrived. */
  exposures(): Envelope[];
  /** The items of those. */
  exposed(): string[];
  /** Waits for a fresh item in view to be exposed: what was due before it has been told by then. */
  control(name: string): Promise<void>;
  /** Closes it. Throws if the page's console had an error or a warning: React complains there. */
  close(): Promise<void>;
}

/** Opens a tab of a new user, with React rooted in `#room`. */
export async function openReactTab(stage: Stage, surface: string, script: string): Promise<ReactTab> {
  const page = await stage.openTab(await stage.newUser(), surface, { flushInterval: 50 });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addScriptTag({ content: script });
  await page.evaluate(() => {
    globalThis.root = kit.createRoot(document.querySelector("#room")!);
  });
  const exposures = (): Envelope[] => stage.arrived(surface).filter(({ event_type }) => event_type === "exposure");
  const exposed = (): string[] => exposures().flatMap(({ payload }) => payload.items?.map(({ item_id }) => item_id) ?? []);
  return {
    page,
    exposures,
    exposed,
    async control(name) {
      await page.evaluate((itemId) => {
        const item = document.createElement("div");
        item.className = "item";
        item.textContent = itemId;
        item.style.cssText = "position:fixed;left:400px;top:0";
        document.body.append(item);
        request.observe(item, { itemId, position: 9 });
      }, name);
      await expect.poll(exposed, PATIENCE).toContain(name);
    },
    async close() {
      await page.context().close();
      if (complaints.length > 0) throw new Error(`expected no complaint on the console, got ${complaints.join("; ")}`);
    },
  };
}
