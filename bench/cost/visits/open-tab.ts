import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { FROM, spyOnPage, TELL, type SpyOptions, type Told } from "./spy.ts";

/** A tab of a visit. */
export interface Tab {
  page: Page;
  /** Ends the tab as a crash does. */
  crash(): Promise<void>;
}

/** Opens a tab whose pages tell of themselves. */
export async function openTab(context: BrowserContext, visit: string, onTold: (told: Told) => void): Promise<Tab> {
  const page = await context.newPage();
  await page.setViewportSize({ width: 1280, height: 720 });
  const devtools: CDPSession = await context.newCDPSession(page);
  devtools.on("Runtime.bindingCalled", ({ name, payload }) => {
    if (name === TELL) onTold(JSON.parse(payload) as Told);
  });
  devtools.on("Page.backForwardCacheNotUsed", ({ notRestoredExplanations }) => {
    const why = notRestoredExplanations.map(({ reason, context: part }) => (part ? `${reason} (${part})` : reason)).join(", ");
    onTold({ kind: "kept-out", page: "", at: Date.now(), why });
  });
  await devtools.send("Page.enable");
  await devtools.send("Runtime.enable");
  await devtools.send("Runtime.addBinding", { name: TELL });
  const options: SpyOptions = { visit, tell: TELL, from: FROM };
  await page.addInitScript(spyOnPage, options);
  return {
    page,
    async crash() {
      const crashed = page.waitForEvent("crash");
      devtools.send("Page.crash").catch(() => {});
      await crashed;
    },
  };
}
