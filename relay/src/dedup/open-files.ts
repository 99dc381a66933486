/** Opens the files of the log that the ledger names, and cuts off what a crash left beyond its word. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { StateError } from "./database.ts";
import type { Disk } from "./disk.ts";
import { FIRST_PLACE } from "./key-table.ts";
import { RECORD_BYTES, WORDS } from "./record.ts";
import { blockAt, bytesOf, damaged, openSegment, type Segment, type SegmentRow } from "./segment.ts";

/** Opens them, oldest first. Throws a StateError where one is missing or damaged, or where the ledger is older than the log. */
export function openFiles(folder: string, rows: readonly SegmentRow[], storeId: number, disk: Disk): Segment[] {
  const segments: Segment[] = [];
  try {
    for (const row of rows) {
      const before = segments.at(-1);
      segments.push(openSegment(folder, row, before ? before.base + before.slots : FIRST_PLACE, storeId, disk));
    }
    for (const segment of segments) cutTail(segment, segment === segments.at(-1), disk);
    removeOthers(folder, segments, disk);
    return segments;
  } catch (error) {
    for (const { handle } of segments) disk.close(handle);
    throw error;
  }
}

/** A claim that was not committed leaves one block at most. More means that the ledger is an old copy: to cut would be to forget. */
function cutTail(segment: Segment, isLast: boolean, disk: Disk): void {
  const size = disk.size(segment.handle);
  const end = segment.slots * RECORD_BYTES;
  if (size === end) return;
  if (!isLast) throw damaged(segment.file, `${end} bytes were expected, got ${size}`);
  if (wholeBlocks(segment.handle, segment.slots, size, disk) > 1) throw olderLedger(segment.file);
  disk.truncate(segment.handle, end);
}

/** Files from before the log begins were to be deleted; one behind its end belongs to a claim that was not committed. */
function removeOthers(folder: string, segments: readonly Segment[], disk: Disk): void {
  const known = new Set(segments.map(({ id }) => id));
  const [first, last] = [segments[0]?.id ?? 1, segments.at(-1)?.id ?? 0];
  for (const name of readdirSync(folder).toSorted()) {
    const [, digits, ending] = /^(\d{8})\.(log|idx)$/.exec(name) ?? [];
    const id = Number(digits);
    if (digits === undefined || known.has(id)) continue;
    const file = join(folder, name);
    if (ending === "log" && id > last) {
      if (id > last + 1 || blocksIn(file, disk) > 1) throw olderLedger(file);
    } else if (id >= first && ending === "log") throw damaged(file, "relay.db does not know it");
    disk.remove(file);
  }
}

function blocksIn(file: string, disk: Disk): number {
  const handle = disk.open(file, "read");
  try {
    return wholeBlocks(handle, 1, disk.size(handle), disk);
  } finally {
    disk.close(handle);
  }
}

function wholeBlocks(handle: number, slot: number, size: number, disk: Disk): number {
  const words = new Uint32Array(Math.max(0, Math.floor(size / RECORD_BYTES) - slot) * WORDS);
  disk.read(handle, bytesOf(words), slot * RECORD_BYTES);
  let n = 0;
  for (let at = slot, block = blockAt(words, slot, at); block; block = blockAt(words, slot, at)) {
    n++;
    at += 1 + block.count;
  }
  return n;
}

function olderLedger(file: string): StateError {
  return new StateError(
    `relay.db is older than ${file}: a copy of the whole DATA_DIR was expected, of one moment. Put back such a copy, or run \`sightline dedup rebuild\``,
  );
}
