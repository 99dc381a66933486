/** What the tests of the store share: a folder in memory where the machine has one, keys, and claims. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Counter } from "../../../relay/state/counters.ts";
import { CONTENT } from "../../../relay/state/log/record.ts";
import { createMarkerList, type MarkerList } from "../../../relay/state/marker-list.ts";
import type { Claim, MarkerState, StoredMarker } from "../../../relay/state/store.ts";
import { contentText } from "../../../relay/state/words.ts";

/** A new folder. In memory, since these tests sync some thousand times, and none of them pulls the plug of the machine. */
export function makeFolder(): string {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "sightline-store-"));
}

/** The key of a name. */
export function key(name: string | number): Uint32Array {
  const digest = createHash("sha256").update(String(name)).digest();
  return Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at));
}

/** 32 hexadecimal digits. */
export function hash(name: string | number): string {
  return contentText(key(`hash ${name}`), 0);
}

/** The content hash of a marker. */
export function hashOf({ words, at }: StoredMarker): string {
  return contentText(words, at + CONTENT);
}

/** Markers of keys by their names. */
export function markersOf(names: readonly (string | number)[], isDead = false): MarkerList {
  const list = createMarkerList();
  for (const name of names) list.put(key(name), 0, Uint32Array.from([...key(`hash ${name}`), 1, 0]), 0, isDead);
  return list;
}

const counted = (fate: Counter["fate"], n: number): Counter => ({
  tenant_id: "t1",
  surface: "home",
  event_type: "click",
  fate,
  n,
});

/** A claim of events by their names, which came in one message. */
export function claimOf(names: readonly (string | number)[], message?: string, state: MarkerState = "published"): Claim {
  return {
    markers: markersOf(names, state === "dead_lettered"),
    messages: message === undefined ? [] : [{ queue: "events", id: message }],
    taken: names.length > 0 ? [counted("taken", names.length)] : [],
    settled: names.length > 0 ? [counted("delivered", names.length)] : [],
  };
}

/** Files of the key log, oldest first. */
export function logFiles(folder: string, ending = ".log"): string[] {
  const all = readdirSync(join(folder, "keys")).filter((name) => name.endsWith(ending));
  return all.toSorted().map((name) => join(folder, "keys", name));
}
