/** Compacts the hours that this store writes to, once they are over and nothing more comes. */
import { setTimeout as sleep } from "node:timers/promises";
import { compactNames } from "../archive/compact-archive.ts";
import type { CompactOptions } from "../archive/compact.ts";
import { namesIn, splitKey } from "../archive/layout.ts";
import { TABLES } from "../columns/tables.ts";
import type { Report } from "./write-batch.ts";

interface KeepCompactOptions extends Pick<CompactOptions, "files" | "duckDb"> {
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  everyMs: number;
  signal: AbortSignal;
  report: Report;
}

/** Readers have so long for what they began to read, milliseconds. */
export const GRACE_MS = 15 * 60_000;

/** Makes it: `wrote` is told of each file, `run` goes on until the signal. */
export function createKeepCompact({ files, duckDb, inTurn, everyMs, signal, report }: KeepCompactOptions) {
  /** Folders of hours, and whether anything came since the last look. */
  const hours = new Map<string, boolean>();

  const look = async (): Promise<void> => {
    for (const [folder, isFresh] of hours) {
      if (signal.aborted) return;
      hours.set(folder, false);
      const table = TABLES.find(({ name }) => folder.startsWith(`${name}/`));
      if (isFresh || table === undefined) continue;
      const total = { merged: 0, rows: 0, removed: 0 };
      const how = { files, duckDb, graceMs: GRACE_MS, endedBefore: new Date(Date.now() - everyMs), signal };
      await inTurn(() => compactNames(how, table, namesIn(folder), total));
      // What was replaced is removed at a later look.
      if (total.removed > 0 && total.merged === 0) hours.delete(folder);
      if (total.merged > 0) report.compacted(folder, total);
    }
  };
  return {
    wrote(key: string): void {
      const folder = splitKey(key)?.folder;
      if (folder !== undefined) hours.set(folder, true);
    },
    async run(): Promise<void> {
      if (everyMs === 0) return;
      let failures = 0;
      while (!signal.aborted) {
        await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
        if (signal.aborted) return;
        try {
          await look();
          if (failures > 0) report.over("compaction", true);
          failures = 0;
        } catch (error) {
          report.failed("compaction", error as Error, ++failures);
        }
      }
    },
  };
}
