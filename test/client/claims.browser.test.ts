import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { recordKey, type EventRecord } from "../../client/src/record.ts";
import { chromiumService } from "../services/chromium.ts";
import { PATIENCE, startStage, startTracker, stored, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
const SESSION = "another-session";
const COMMON = JSON.stringify({ unit_type: "user", unit_id: "u_1" });
const DAY = 24 * 3600 * 1000;
let stage: Stage;

/** An event of another tab, as its queue keeps it. */
function left(surface: string, seq: number, age: number): EventRecord {
  const at = Date.now() - age;
  const event = {
    event_id: `${SESSION}-${seq}`,
    event_type: "like",
    timestamp: new Date(at).toISOString(),
    request_id: "request-1",
    surface,
    item_id: "a",
    seq,
  };
  return { key: recordKey(at, SESSION, seq), body: JSON.stringify(event), common: COMMON };
}

/** Leaves events and claims in the page's IndexedDB, as tabs that are gone, or busy, would. */
async function leave(page: Page, records: EventRecord[], claims: { by: string; until: number; keys: string[] }[]): Promise<void> {
  await page.evaluate(
    ([events, claimed]) =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open("sightline-wk_demo");
        opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore("events"));
        opening.addEventListener("success", () => {
          const transaction = opening.result.transaction("events", "readwrite");
          for (const event of events) transaction.objectStore("events").put(event, event.key);
          transaction.objectStore("events").put(claimed, "~claims");
          transaction.addEventListener("complete", () => {
            opening.result.close();
            resolve();
          });
        });
      }),
    [records, claims] as const,
  );
}

describe.skipIf("missing" in chromium)(`claims${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());

  test("what another tab is sending is left to it, unless its claim has expired or lies further ahead than a claim can", async () => {
    const surface = "claims.expiry";
    const page = await (await stage.newUser()).newPage();
    await page.goto(stage.site.url);
    const [busy, expired, ahead] = [1, 2, 3].map((seq) => left(surface, seq, 60_000)) as [EventRecord, EventRecord, EventRecord];
    await leave(
      page,
      [busy, expired, ahead],
      [
        { by: "busy", until: Date.now() + 60_000, keys: [busy.key] },
        { by: "killed", until: Date.now() - 1, keys: [expired.key] },
        { by: "before the clock was set back", until: Date.now() + DAY, keys: [ahead.key] },
      ],
    );
    await startTracker(page, stage.front.url, "claims.own");
    await expect.poll(() => stage.sent(surface), PATIENCE).toEqual([`${SESSION}-2`, `${SESSION}-3`]);
    await expect.poll(() => stored(page), PATIENCE).toBe(1);
  });

  test("a fresh event is left for a while to the tab that made it, which may be gone", async () => {
    const surface = "claims.fresh";
    const page = await (await stage.newUser()).newPage();
    await page.goto(stage.site.url);
    const [fresh, old] = [left(surface, 2, 0), left(surface, 1, 60_000)];
    await leave(page, [fresh, old], []);
    await startTracker(page, stage.front.url, "claims.own");
    await expect.poll(() => stage.sent(surface), PATIENCE).toEqual([`${SESSION}-1`, `${SESSION}-2`]);
    const carrying = stage.front.requests.filter(({ batch }) => batch.events.some((event) => event.surface === surface));
    expect(carrying.map(({ batch }) => batch.events.length)).toEqual([1, 1]);
  });

  test("an event whose verdict did not come within 7 days is given up, counted as unknown", async () => {
    const surface = "claims.age";
    const page = await (await stage.newUser()).newPage();
    await page.goto(stage.site.url);
    await leave(page, [left(surface, 1, 8 * DAY), left(surface, 2, 6 * DAY)], []);
    await startTracker(page, stage.front.url, "claims.own");
    await stage.arrival(surface, 1);
    await expect
      .poll(() => page.evaluate(() => tracker.stats()), PATIENCE)
      .toMatchObject({ accepted: 1, dropped: { unknown: 1 }, queued: 0 });
    expect(stage.sent(surface)).toEqual([`${SESSION}-2`]);
  });
});
