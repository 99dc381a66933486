/**
 * What IndexedDB may not have committed when a page goes is kept in localStorage, which is synchronous: one key a tab, so that none writes
 * over another's. That such a key is there also says that its tab has ended.
 *
 * Chromium writes localStorage to disk after some seconds: this helps against a closed tab, not against a killed browser. Where it is
 * blocked or full, nothing is kept, and nothing is thrown.
 */
import { attempt } from "./lib/attempt.ts";
import { load } from "./lib/local.ts";
import type { EventRecord } from "./record.ts";

/** Every spill that is there, under keys that begin with `prefix`, by tab. */
export function readSpills(prefix: string): Map<string, EventRecord[]> {
  const spills = new Map<string, EventRecord[]>();
  for (const key of attempt(() => Object.keys(localStorage)) ?? []) {
    if (!key.startsWith(prefix)) continue;
    const records = attempt(() => JSON.parse(load(key)!) as EventRecord[]);
    spills.set(key.slice(prefix.length), Array.isArray(records) ? records : []);
  }
  return spills;
}
