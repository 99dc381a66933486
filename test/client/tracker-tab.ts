/** What the tests of the tracker share: a tab, the events that it has sent, and what its browser has stored. */
import { expect } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import type { TrackerStats } from "../../client/src/stats.ts";
import type { WireBatch, WireEvent } from "../../client/src/wire.ts";
import { PATIENCE, type Stage } from "./stage/stage.ts";

/** The host page of a user, without a tracker: options that hold functions are given in the page. */
export async function openHostPage(stage: Stage, user: BrowserContext): Promise<Page> {
  const page = await user.newPage();
  await page.goto(stage.site.url);
  return page;
}

/** Sends what is queued, and answers the batches that have come since `from`, the number of a request. */
export async function flushed(stage: Stage, page: Page, from = 0): Promise<WireBatch[]> {
  await page.evaluate(() => tracker.flush());
  return stage.front.requests.slice(from).map(({ batch }) => batch);
}

/** The events of batches as the collector understands them: with what is common merged in. */
export const merged = (batches: readonly WireBatch[]): WireEvent[] =>
  batches.flatMap(({ common, events }) => events.map((event) => ({ ...common, ...event })));

/** Everything that this origin has stored, as text. */
export async function everythingStored(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
    for (const { name = "" } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open(name);
        opening.addEventListener("success", () => resolve(opening.result));
      });
      for (const store of db.objectStoreNames) {
        const all = db.transaction(store).objectStore(store).getAll();
        texts.push(await new Promise((resolve) => all.addEventListener("success", () => resolve(JSON.stringify(all.result)))));
      }
      db.close();
    }
    return texts.join("\n");
  });
}

/** What the page's tracker says of itself. */
export interface Account extends TrackerStats {
  /** What was dropped or rejected, as `cause count`: unlike an empty object, an empty list matches no other. */
  lost: string[];
}

/** The account of the page's tracker. */
export async function account(page: Page): Promise<Account> {
  const stats = await page.evaluate(() => tracker.stats());
  return { ...stats, lost: Object.entries({ ...stats.dropped, ...stats.rejected }).map((entry) => entry.join(" ")) };
}

/** Waits until so many events of the page have been accepted, and none is left. */
export async function settled(page: Page, accepted: number): Promise<Account> {
  await expect.poll(() => account(page), PATIENCE).toMatchObject({ accepted, queued: 0 });
  return account(page);
}
