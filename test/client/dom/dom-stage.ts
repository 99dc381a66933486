/** What the tests of the attributes share: a tab, markup in it, and what has arrived from it. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Page } from "playwright-core";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import { PATIENCE, type Stage } from "../stage/stage.ts";
import { bundleScript } from "./bundle-script.ts";

/** A tab of one surface. */
export interface DomTab {
  page: Page;
  /** What was written to the page's console or thrown in it. */
  warnings: string[];
  /** Puts markup into the page; `SURFACE` in it is this tab's surface. */
  put(markup: string): Promise<void>;
  /** Observes the whole document. */
  start(): Promise<void>;
  /** Envelopes of exposures that have arrived. */
  exposures(): Envelope[];
  /** Item and position of what was exposed, in order. */
  exposed(): string[];
  /** Type, item and position of the outcomes that have arrived. */
  outcomes(): string[];
  /** Waits for a fresh item in view to be exposed, as `later at 9`: what was due before it has been told by then. */
  control(): Promise<void>;
}

/** The script that gives a page `observe`. */
export const bundleDom = (): Promise<string> => bundleScript(fileURLToPath(new URL("page.ts", import.meta.url)));

/** Item and position of what such events carry, in order. */
export const itemsOf = (events: Envelope[]): string[] =>
  events.flatMap(({ payload }) => payload.items?.map(({ item_id, position }) => `${item_id} at ${position}`) ?? []);

/** Opens a tab of a new user. */
export async function openDomTab(stage: Stage, surface: string, script: string): Promise<DomTab> {
  const page = await stage.openTab(await stage.newUser(), surface, { flushInterval: 50 });
  const warnings: string[] = [];
  page.on("console", (message) => void warnings.push(message.text()));
  page.on("pageerror", (error) => void warnings.push(`thrown: ${error}`));
  await page.addScriptTag({ content: script });
  const exposures = (): Envelope[] => stage.arrived(surface).filter(({ event_type }) => event_type === "exposure");
  const exposed = (): string[] => itemsOf(exposures());
  return {
    page,
    warnings,
    exposures,
    exposed,
    put: (markup) =>
      page.evaluate(
        (html) => {
          document.querySelector("#room")!.innerHTML = html;
        },
        markup.replaceAll("SURFACE", surface),
      ),
    start: () =>
      page.evaluate(() => {
        globalThis.unobserve = observe(tracker);
      }),
    outcomes() {
      const others = stage.arrived(surface).filter(({ event_type }) => event_type !== "exposure");
      return others.map(({ event_type, payload }) => `${event_type} ${payload.item_id} at ${payload.position}`);
    },
    async control() {
      await page.evaluate(() => {
        const item = document.createElement("div");
        item.className = "item";
        item.textContent = "later";
        item.style.cssText = "position:fixed;left:400px;top:0;pointer-events:none";
        document.body.append(item);
        request.observe(item, { itemId: "later", position: 9 });
      });
      await expect.poll(exposed, PATIENCE).toContain("later at 9");
    },
  };
}
