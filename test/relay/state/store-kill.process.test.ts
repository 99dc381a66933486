import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Disk, realDisk } from "../../../relay/state/log/disk.ts";
import { openStore } from "../../../relay/state/open-store.ts";
import { claimOf, key, logFiles, makeFolder } from "./store-rig.ts";

const WRITER = fileURLToPath(new URL("store-writer.ts", import.meta.url));

interface Said {
  claimed?: number;
  flushed?: number;
  pruned?: number;
  closed?: boolean;
}

/** Runs the writer until it is killed or at its end; returns what it said. */
function write(folder: string, nth: number, part: number): Said[] {
  const args = ["--no-warnings", WRITER, folder, String(nth), String(part)];
  const { stdout, stderr, signal } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (signal !== "SIGKILL" && stderr !== "") throw new Error(stderr);
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Said]));
}

/** What must hold of batch `n` after a crash. */
function verdictOn(n: number, said: Said[], store: ReturnType<typeof openStore>): string {
  const last = (what: keyof Said): number => Math.max(0, ...said.map((one) => Number(one[what] ?? 0)));
  const isClaimed = last("claimed") >= n;
  const states = [`${n}a`, `${n}b`].map((name) => store.marker(key(name))?.state);
  const message = store.message({ queue: "events", id: `m${n}` });
  const isUnderWay = store.underWay().some(({ number }) => number === n);
  const found = `${states.join(" ")} ${JSON.stringify(message)} ${isUnderWay}`;
  const published = 'published published "settled" false';
  const inFlight = 'in_flight in_flight "claimed" true';
  const released = '  "claimed" false';
  const absent = "  undefined false";
  const gone = last("claimed") > 10 && n <= 5 ? [absent] : [];
  const settled = n % 5 === 4 ? released : published;
  // Only what was said is sure: the last claim may or may not be there, and its end is durable with the next commit.
  const allowed = isClaimed
    ? last("flushed") >= n || last("claimed") > n
      ? [settled, ...gone]
      : [settled, inFlight]
    : [absent, inFlight, settled];
  return allowed.includes(found) ? "" : `batch ${n}: ${found}; expected ${allowed.join(" or ")}`;
}

describe("a store whose process is killed", () => {
  test("holds all that it said, whatever write, sync, deletion or commit it was killed in", () => {
    const wrong: string[] = [];
    let killed = 0;
    for (const part of [0, 0.4, 1]) {
      for (let nth = 1; ; nth += part === 0.4 ? 3 : 7) {
        const folder = makeFolder();
        const said = write(folder, nth, part);
        const store = openStore(folder, { segmentSlots: 12 });
        for (let n = 1; n <= 14; n++) wrong.push(verdictOn(n, said, store));
        for (const { number } of store.underWay()) store.settle(number);
        store.claim(99, claimOf(["after"]));
        store.close();
        rmSync(folder, { recursive: true });
        if (said.some(({ closed }) => closed)) break;
        killed++;
      }
    }
    expect(wrong.filter((line) => line !== "")).toEqual([]);
    expect(killed).toBeGreaterThan(20);
  }, 240_000);

  test("needs nothing of the log that was not synced when a claim returned", () => {
    const folder = makeFolder();
    const durable = new Map<string, Buffer>();
    const files = new Map<number, string>();
    const disk: Disk = {
      ...realDisk,
      open(file, mode) {
        const handle = realDisk.open(file, mode);
        files.set(handle, file);
        return handle;
      },
      sync(handle) {
        realDisk.sync(handle);
        durable.set(files.get(handle)!, readFileSync(files.get(handle)!));
      },
    };
    for (let batch = 1; batch <= 12; batch++) {
      const store = openStore(folder, { disk, segmentSlots: 12 });
      for (const { number } of store.underWay()) store.settle(number);
      store.claim(batch, claimOf([`${batch}a`, `${batch}b`]));
      store.close();
      // What was written and not synced is lost with the power.
      for (const file of logFiles(folder)) writeFileSync(file, durable.get(file) ?? Buffer.alloc(0));
      expect(logFiles(folder).reduce((sum, file) => sum + statSync(file).size, 0)).toBeGreaterThan(0);
    }
    const store = openStore(folder);
    for (let batch = 1; batch <= 12; batch++) expect(store.marker(key(`${batch}b`))).toBeDefined();
    store.close();
    rmSync(folder, { recursive: true });
  });
});
