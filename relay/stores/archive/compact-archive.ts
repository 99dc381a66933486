/** Compacts the hours of a span of time, one after the other. */
import type { Table } from "../columns/column.ts";
import { TABLES } from "../columns/tables.ts";
import { type Compacted, type CompactOptions, compactHour } from "./compact.ts";
import { FileGone } from "./files.ts";
import { endOfHour, type Names, namesOf, type Span } from "./layout.ts";
import { hoursOf } from "./manifest.ts";

interface CompactArchiveOptions extends Omit<CompactOptions, "table" | "hour"> {
  span: Span;
  /** Hours that ended before this time: into others more will come. */
  endedBefore: Date;
  /** Told of each hour of which something was done. */
  onHour?: (folder: string, done: Compacted) => void;
  signal?: AbortSignal;
}

/** Compacts; resolves with what was done in all. */
export async function compactArchive({ span, ...options }: CompactArchiveOptions): Promise<Compacted> {
  const total: Compacted = { merged: 0, rows: 0, removed: 0 };
  for (const table of TABLES) await compactNames(options, table, namesOf(table, span), total);
  return total;
}

/** The same of a span of names of one table. Adds what was done to `total`. */
export async function compactNames(
  { endedBefore, onHour, signal, ...options }: Omit<CompactArchiveOptions, "span">,
  table: Table,
  names: Names,
  total: Compacted,
): Promise<void> {
  const { files } = options;
  for (const hour of await hoursOf(files, table, await files.list(names))) {
    if (signal?.aborted) return;
    if (endOfHour(hour.folder) > endedBefore) continue;
    const done = await compactHour({ ...options, table, hour }).catch((error: unknown) => {
      // Another process has compacted the hour since it was listed.
      if (error instanceof FileGone) return { merged: 0, rows: 0, removed: 0 };
      throw error;
    });
    total.merged += done.merged;
    total.rows += done.rows;
    total.removed += done.removed;
    if (done.merged + done.removed > 0) onHour?.(hour.folder, done);
  }
}
