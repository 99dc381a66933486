/** What the tests of the tracker share: a tab, the events that it has sent, and what its browser has stored. */
import { expect } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import type { TrackerOptions } from "../../client/src/tracker/options.ts";
import type { TrackerStats } from "../../client/src/delivery/stats.ts";
import type { WireBatch, WireEvent } from "../../client/src/wire/index.ts";
import { PATIENCE, type Stage } from "./stage/stage.ts";

/** The host page of a user, without a tracker: options that hold functions are given in the page. */
export async function openHostPage(stage: Stage, user: BrowserContext): Promise<Page> {
  const page = await user.newPage();
  await page.goto(stage.site.url);
  return page;
}

/** Has every open of the SDK's database by this user wait for as long as the page that this returns is there. */
export async function blockStorage(stage: Stage, user: BrowserContext): Promise<Page> {
  const holder = await openHostPage(stage, user);
  // A delete that waits for a connection that is never closed: every open after it waits too.
  await holder.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open("sightline-wk_demo");
        opening.addEventListener("success", () => {
          indexedDB.deleteDatabase("sightline-wk_demo").addEventListener("blocked", () => resolve());
        });
      }),
  );
  return holder;
}

/** Makes the page's tracker, which sends when it is told to; without a unit it is about a device. */
export async function startQuiet(
  stage: Stage,
  page: Page,
  options: Pick<TrackerOptions, "unit" | "maxQueue" | "consent"> = {},
): Promise<void> {
  await page.evaluate(
    ([endpoint, own]) => {
      globalThis.errors = [];
      globalThis.tracker = createTracker({
        endpoint,
        writeKey: "wk_demo",
        flushInterval: 600_000,
        onError: (error) => errors.push(`${error.code}: ${error.message}`),
        ...own,
      });
    },
    [stage.front.url, options] as const,
  );
}

/** Sends what is queued, and returns the batches that have come since `from`, the number of a request. */
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
