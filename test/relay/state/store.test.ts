import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCounters, STATE_FILE } from "../../../relay/state/counters.ts";
import { holdFolder, StateError, StoreFull } from "../../../relay/lib/database.ts";
import { openStore } from "../../../relay/state/open-store.ts";
import { key, markersOf } from "./store-rig.ts";

describe("the relay's store", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sightline-store-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const row = { tenant_id: "t1", surface: "home", event_type: "click", fate: "taken", n: 2 } as const;

  test("a damaged file is an error that says what to do, and is not replaced by an empty one", () => {
    const store = openStore(folder);
    const markers = markersOf(Array.from({ length: 2_000 }, (_, i) => i));
    store.claim(1, { markers, messages: [], taken: [], settled: [] });
    store.close();
    const file = join(folder, STATE_FILE);
    const size = statSync(file).size;
    const handle = openSync(file, "r+");
    for (let at = 4_096; at < size; at += 4_096) writeSync(handle, Buffer.alloc(2_000, 0xa5), 0, 2_000, at);
    closeSync(handle);
    expect(() => openStore(folder)).toThrow(StateError);
    expect(() => openStore(folder)).toThrow(/relay\.db cannot be used.*move it away/s);
    expect(statSync(file).size).toBe(size);
  });

  test("a window with more keys than it can hold is refused, and goes on once some are forgotten", () => {
    let now = 1_700_000_000_000;
    const store = openStore(folder, { now: () => now, places: 1_000, segmentSlots: 100 });
    const claim = (batch: number): void => {
      const markers = markersOf(Array.from({ length: 50 }, (_, i) => `${batch}-${i}`));
      store.claim(batch, { markers, messages: [], taken: [], settled: [] });
      store.settle(batch);
      now += 60_000;
    };
    /** Claims until it is full; returns the last batch that was claimed. */
    const full = (from: number): number => {
      for (let batch = from; ; batch++) {
        try {
          claim(batch);
        } catch (error) {
          if (error instanceof StoreFull) return batch - 1;
          throw error;
        }
      }
    };
    const last = full(1);
    expect(last).toBeGreaterThan(15);
    expect(() => claim(last + 1)).toThrow(/the store holds 1000 keys.*add a shard, or lower DEDUP_WINDOW_DAYS/);
    for (let batch = 1; batch <= last; batch++) expect(store.marker(key(`${batch}-49`))).toBeDefined();
    store.prune(now - 10 * 60_000);
    const later = full(last + 1);
    expect(later).toBeGreaterThan(last + 5);
    for (let batch = last; batch <= later; batch++) expect(store.marker(key(`${batch}-0`))).toBeDefined();
    store.close();
  });

  test("a store whose keys are of an earlier version goes on with that, and a new one has the newest", () => {
    openStore(folder).close();
    const db = new DatabaseSync(join(folder, STATE_FILE));
    db.exec("ALTER TABLE state DROP COLUMN keys");
    db.close();
    for (let start = 1; start <= 2; start++) {
      const store = openStore(folder);
      expect(store.keys.version).toBe(1);
      expect(store.message({ queue: "events", id: "m1" })).toBe(start === 1 ? undefined : "settled");
      store.claim(start, { markers: markersOf([]), messages: [{ queue: "events", id: "m1" }], taken: [], settled: [] });
      store.settle(start);
      store.close();
    }
    const fresh = openStore(join(folder, "fresh"));
    expect(fresh.keys.version).toBe(2);
    fresh.close();
  });

  test("a file that is no database is an error as well", () => {
    const handle = openSync(join(folder, STATE_FILE), "w");
    writeSync(handle, "this was never a database, and is long enough to be looked at".repeat(100));
    closeSync(handle);
    expect(() => openStore(folder)).toThrow(StateError);
  });

  test("counters are read while the relay has the file open", () => {
    const store = openStore(folder);
    store.claim(1, { markers: markersOf([]), messages: [], taken: [row], settled: [{ ...row, fate: "delivered" }] });
    expect(readCounters(folder)).toEqual([row]);
    store.settle(1);
    store.flush();
    expect(readCounters(folder)).toEqual([{ ...row, fate: "delivered" }, row]);
    store.close();
  });

  test("a folder without a relay's state has no counters", () => {
    expect(readCounters(folder)).toBeUndefined();
  });

  test("a second relay on the same folder is refused", () => {
    const lock = holdFolder(join(folder, "relay.lock"));
    expect(() => holdFolder(join(folder, "relay.lock"))).toThrow(/in use by another relay/);
    lock.close();
    holdFolder(join(folder, "relay.lock")).close();
  });
});
