/** What tabs that have gone have left in a page's storage, for tests of what takes it over. */
import type { Page } from "playwright-core";
import type { EventRecord } from "../../client/src/delivery/record.ts";

/** The session of all that is left. */
export const SESSION = "another-session";

const HEAD = `"session_id":"${SESSION}","common":{"unit_type":"user","unit_id":"u_1"}`;

/** An event of another tab, as its queue keeps it. */
export function left(tab: string, surface: string, seq: number, age: number): EventRecord {
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
  const body = JSON.stringify(event);
  return { key: [tab, seq], head: HEAD, body, size: body.length, at, rank: 1 };
}

/** Leaves events and claims in the page's IndexedDB, as tabs that are gone, or busy, would. */
export async function leave(page: Page, records: EventRecord[], claims: Record<string, number>): Promise<void> {
  await page.evaluate(
    ([events, claimed]) =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open("sightline-wk_demo");
        opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore("events"));
        opening.addEventListener("success", () => {
          const transaction = opening.result.transaction("events", "readwrite");
          for (const event of events) transaction.objectStore("events").put([event], event.key);
          transaction.objectStore("events").put(claimed, "claims");
          transaction.addEventListener("complete", () => {
            opening.result.close();
            resolve();
          });
        });
      }),
    [records, claims] as const,
  );
}
