import type { Page } from "playwright-core";
import { dataFolder, readBus, spawnStack } from "../../test/e2e/stack-process.ts";
import { launchChromium } from "../../test/services/chromium.ts";

/** How long a visitor looks at a shelf, milliseconds. */
const LOOK_MS = 1500;
const VISITORS = 3;

/** Events of each request that the collector had from visitors of the demo shop: they look at its shelves, open a product and buy it. */
export async function shopBatches(): Promise<number[]> {
  const { dataDir, remove } = dataFolder();
  const stack = spawnStack(dataDir);
  try {
    await stack.ready;
    const { browser, close } = await launchChromium();
    for (let i = 0; i < VISITORS; i++) {
      const visitor = await browser.newContext({ viewport: { width: 1280, height: 720 } });
      const page = await visitor.newPage();
      await visit(page, stack.file().shop);
      await page.close({ runBeforeUnload: true });
      await visitor.close();
    }
    await close();
    // It ends when everything is on the bus.
    await stack.stop();
    // The trace is the request's own, since the SDK sends none.
    const byRequest = Object.groupBy(await readBus(dataDir), ({ trace_id }) => trace_id);
    return Object.values(byRequest).map((events = []) => events.length);
  } finally {
    await stack.stop();
    remove();
  }
}

async function visit(page: Page, shop: string): Promise<void> {
  await page.goto(shop);
  for (const surface of ["home.top_picks", "home.carousel", "home.more"]) await look(page, surface);
  await page.click('[data-surface="home.top_picks"] [data-position="2"]');
  await page.waitForURL(/\/product\//);
  await look(page, "product.similar");
  await page.click(".buy");
  await page.click(".brand");
  await page.waitForURL(/:\d+\/$/);
  await look(page, "home.top_picks");
}

async function look(page: Page, surface: string): Promise<void> {
  const card = page.locator(`[data-surface="${surface}"] [data-item-id]`).last();
  await card.evaluate((element) => element.scrollIntoView({ block: "end", inline: "nearest", behavior: "instant" }));
  await page.waitForTimeout(LOOK_MS);
}
