import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StoreFailed, StoreFull } from "../../../relay/lib/database.ts";
import { type Disk, realDisk } from "../../../relay/state/log/disk.ts";
import { openStore } from "../../../relay/state/open-store.ts";
import { claimOf, key, makeFolder } from "./store-rig.ts";

const PAGE = 4096;

/** A disk of 4 MB, where this process may mount one. */
function mountSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "sightline-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], { stdio: "ignore" });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

/** The error that comes of it. */
function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("the store on a full disk", () => {
  let disk: string | undefined;
  beforeAll(() => void (disk = mountSmallDisk()));
  afterAll(() => {
    if (!disk) return;
    execFileSync("umount", [disk]);
    rmSync(disk, { recursive: true });
  });

  test("claims nothing in part at any fill level, knows all it knew, and goes on once there is room", (context) => {
    if (!disk) return context.skip("this process may not mount a small disk");
    const ballast = join(disk, "ballast");
    const names = Array.from({ length: 300 }, (_, i) => i);
    let refused = 0;
    for (let pages = 0; pages < 30; pages++) {
      const folder = mkdtempSync(join(disk, "store-"));
      let store = openStore(folder, { segmentSlots: 400 });
      store.claim(1, claimOf(["before"], "m1"));
      store.settle(1);
      store.flush();
      const free = statfsSync(disk).bavail * PAGE;
      writeFileSync(ballast, Buffer.alloc(Math.max(0, free - pages * PAGE)));
      let batch = 1;
      let error: unknown;
      while (error === undefined && batch < 20) {
        const claimed = batch + 1;
        error = thrownBy(() =>
          store.claim(
            claimed,
            claimOf(
              names.map((name) => `${claimed}/${name}`),
              `m${claimed}`,
            ),
          ),
        );
        if (error === undefined) store.settle(++batch);
      }
      expect(error).toBeInstanceOf(StoreFull);
      refused++;
      const known = (claimed: number) => ({
        keys: names.filter((name) => store.marker(key(`${claimed}/${name}`))).length,
        message: store.message({ queue: "events", id: `m${claimed}` }),
      });
      const whole = () => {
        for (let claimed = 2; claimed <= batch; claimed++) expect(known(claimed)).toEqual({ keys: 300, message: "settled" });
        expect(known(batch + 1)).toEqual({ keys: 0, message: undefined });
        expect(store.marker(key("before"))?.state).toBe("published");
      };
      whole();
      // Full as it is, nothing is said to be durable that is not.
      const flushed = thrownBy(() => store.flush());
      expect(flushed === undefined || flushed instanceof StoreFull).toBe(true);
      expect(thrownBy(() => store.prune(0))).toBeUndefined();
      rmSync(ballast);
      whole();
      store.claim(
        batch + 1,
        claimOf(
          names.map((name) => `${batch + 1}/${name}`),
          `m${batch + 1}`,
        ),
      );
      store.settle(batch + 1);
      store.close();
      store = openStore(folder);
      batch++;
      whole();
      expect(store.counters().map(({ n }) => n)).toEqual([1 + (batch - 1) * 300, 1 + (batch - 1) * 300]);
      store.close();
      rmSync(folder, { recursive: true });
    }
    expect(refused).toBe(30);
  });

  test("a failed sync ends the store, whatever reason the system gives, and the next start reads what is there", () => {
    const folder = makeFolder();
    for (const [i, code] of ["EIO", "ENOSPC", "EDQUOT"].entries()) {
      let fails = false;
      const sync: Disk["sync"] = (handle) => {
        if (fails) throw Object.assign(new Error(`${code}: fdatasync`), { code, syscall: "fdatasync" });
        realDisk.sync(handle);
      };
      const told: unknown[] = [];
      const store = openStore(folder, { disk: { ...realDisk, sync }, onBroken: (error) => told.push(error) });
      store.claim(2 * i + 1, claimOf([`good ${code}`]));
      store.settle(2 * i + 1);
      fails = true;
      expect(thrownBy(() => store.claim(2 * i + 2, claimOf([`bad ${code}`])))).toBeInstanceOf(StoreFailed);
      fails = false;
      expect(thrownBy(() => store.claim(2 * i + 2, claimOf([`bad ${code}`])))).toBeInstanceOf(StoreFailed);
      expect(told).toHaveLength(1);
      expect(thrownBy(() => store.close())).toBeInstanceOf(StoreFailed);
      const next = openStore(folder);
      expect(next.marker(key(`good ${code}`))).toBeDefined();
      expect(next.marker(key(`bad ${code}`))).toBeUndefined();
      for (const { number } of next.underWay()) next.settle(number);
      next.close();
    }
    rmSync(folder, { recursive: true });
  });
});
