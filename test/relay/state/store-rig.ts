/** What the tests of the store share: a folder in memory where the machine has one, keys, and claims. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Counter } from "../../../relay/state/counters.ts";
import type { Claim, Marker } from "../../../relay/state/store.ts";

/** A new folder. In memory, since these tests sync some thousand times, and none of them pulls the plug of the machine. */
export function makeFolder(): string {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "sightline-store-"));
}

/** The key of a name. */
export function key(name: string | number): string {
  return createHash("sha256").update(String(name)).digest().toString("latin1", 0, 16);
}

/** 32 hexadecimal digits. */
export function hash(name: string | number): string {
  return Buffer.from(key(`hash ${name}`), "latin1").toString("hex");
}

const counted = (fate: Counter["fate"], n: number): Counter => ({
  tenant_id: "t1",
  surface: "home",
  event_type: "click",
  fate,
  n,
});

/** A claim of events by their names, which came in one message. */
export function claimOf(names: readonly (string | number)[], message?: string, state: Marker["state"] = "published"): Claim {
  return {
    markers: names.map((name) => ({ key: key(name), owner: `event-${name}`, state, content_hash: hash(name) })),
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
