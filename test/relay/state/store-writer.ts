/**
 * A process that claims, settles, releases and prunes, and is killed at the nth thing it does to the disk, in the middle of a write or
 * after it. Says on stdout what it was told is durable. Arguments: folder, n, how much of a write is done before the end.
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { type Disk, realDisk } from "../../../relay/state/log/disk.ts";
import { openStore } from "../../../relay/state/open-store.ts";
import { claimOf } from "./store-rig.ts";

const [folder = "", nth = "", part = ""] = process.argv.slice(2);
let left = Number(nth);

const die = (): void => void process.kill(process.pid, "SIGKILL");
const step = <T extends unknown[], R>(work: (...args: T) => R, before: (...args: T) => void) => {
  return (...args: T): R => {
    if (--left === 0) {
      before(...args);
      die();
    }
    return work(...args);
  };
};
const nothing = (): void => undefined;
const torn = (handle: number, bytes: Uint8Array, position: number): void => {
  realDisk.write(handle, bytes.subarray(0, Math.floor(bytes.length * Number(part))), position);
};
const disk: Disk = {
  ...realDisk,
  write: step(realDisk.write, torn),
  truncate: step(realDisk.truncate, nothing),
  sync: step(realDisk.sync, nothing),
  syncFolder: step(realDisk.syncFolder, nothing),
  remove: step(realDisk.remove, nothing),
  commit: step(realDisk.commit, part === "1" ? (db) => realDisk.commit(db) : nothing),
};
const say = (what: object): void => void writeSync(1, `${JSON.stringify(what)}\n`);

let now = 1_700_000_000_000;
const store = openStore(folder, { disk, now: () => now, segmentSlots: 12 });
for (const { number } of store.underWay()) store.release(number);
const first = store.lastBatch() + 1;
for (let batch = first; batch < first + 14; batch++) {
  now += 1_000;
  store.claim(batch, claimOf([`${batch}a`, `${batch}b`], `m${batch}`));
  say({ claimed: batch });
  if (batch % 5 === 4) store.release(batch);
  else store.settle(batch);
  if (batch % 3 === 0) {
    store.flush();
    say({ flushed: batch });
  }
  if (batch === first + 10) {
    store.prune(now - 6_500);
    say({ pruned: batch });
  }
}
store.close();
say({ closed: true });
