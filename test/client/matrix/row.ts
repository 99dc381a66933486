/** One row of the delivery matrix: a surface and a user of its own, on the stage that its file has. */
import { expect, type TestContext } from "vitest";
import type { BrowserContext, Frame, Page } from "playwright-core";
import type { TrackerStats } from "../../../client/src/delivery/stats.ts";
import { PATIENCE } from "../stage/stage.ts";
import type { BusStage, RowOptions } from "./bus-stage.ts";

/** A row under way. */
export interface Row {
  surface: string;
  user: BrowserContext;
  /** Opens a tab of the user, with a tracker and a request for the surface. */
  open(options?: RowOptions): Promise<Page>;
  /** Waits until the bus has so many different events, and returns the names of all that it has. */
  arrived(count: number, patience?: typeof PATIENCE): Promise<string[]>;
  /** How often the collector got an event that it had got before. */
  copies(): number;
}

let rows = 0;

/** Begins a row; its user and what it did to the network end with its test. */
export async function beginRow(stage: BusStage, { annotate, expect: own, onTestFinished }: TestContext): Promise<Row> {
  const surface = `matrix.row${++rows}`;
  const user = await stage.newUser();
  onTestFinished(async () => {
    stage.fault = () => undefined;
    await user.close();
  });
  const copies = (): number => {
    const ids = stage.collected(surface);
    return ids.length - new Set(ids).size;
  };
  return {
    surface,
    user,
    copies,
    open: (options) => stage.open(user, surface, options),
    async arrived(count, patience = PATIENCE) {
      await own.poll(() => new Set(stage.onBus(surface).map(({ id }) => id)).size, patience).toBe(count);
      const names = stage.onBus(surface).map(({ payload }) => payload.item_id ?? "");
      await annotate(`${names.length} of ${count} on the bus; ${copies()} copies at the collector`);
      return names.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
    },
  };
}

/**
 * Waits until the events of the surface's one page add up: tracked = accepted + rejected + dropped + queued, and the bus has as many ids of
 * its session as it calls accepted. Returns what was dropped and rejected.
 */
export async function balanced(page: Page, stage: BusStage, surface: string): Promise<Record<string, number>> {
  const own = stage.front.requests.filter(({ batch }) => batch.events?.some((event) => event.surface === surface));
  const sessions = new Set(own.map(({ batch }) => batch.session_id ?? ""));
  expect(sessions.size).toBe(1);
  const [session = ""] = sessions;
  let lost = {};
  const open = async (): Promise<object> => {
    const { tracked, accepted, queued, dropped, rejected } = await stats(page);
    lost = { ...dropped, ...rejected };
    const given = Object.values<number>(lost).reduce((sum, n) => sum + n, 0);
    return { unaccounted: tracked - accepted - queued - given, queued, missing: accepted - stage.idsOf(session).size };
  };
  await expect.poll(open, PATIENCE).toEqual({ unaccounted: 0, queued: 0, missing: 0 });
  return lost;
}

/** Names of so many events. */
export function named(count: number, prefix = "i"): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
}

/** Records an event for each name, in one task: the name is its item. */
export async function make(page: Page | Frame, names: string[]): Promise<void> {
  await page.evaluate((all) => {
    for (const itemId of all) request.outcome("like", { itemId });
  }, names);
}

/** What the page's tracker says of itself. */
export function stats(page: Page | Frame): Promise<TrackerStats> {
  return page.evaluate(() => tracker.stats());
}

/** Waits until the page's tracker has a verdict on everything. */
export async function settled(page: Page | Frame): Promise<void> {
  await expect.poll(async () => (await stats(page)).queued, PATIENCE).toBe(0);
}
