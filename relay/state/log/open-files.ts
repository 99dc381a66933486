/** Opens the files of the log that the state database names, and cuts off what a crash left beyond its word. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { StateError } from "../../lib/database.ts";
import type { Disk } from "./disk.ts";
import { FIRST_PLACE } from "./key-table.ts";
import { RECORD_BYTES, WORDS } from "./record.ts";
import { blockAt, bytesOf, damaged, openSegment, type Segment, type SegmentRow } from "./segment.ts";

/** Opens them, oldest first. Throws a StateError where one is missing or damaged, or where the state database is older than the log. */
export function openFiles(folder: string, rows: readonly SegmentRow[], storeId: number, disk: Disk): Segment[] {
  const segments: Segment[] = [];
  try {
    for (const row of rows) {
      const before = segments.at(-1);
      segments.push(openSegment(folder, row, before ? before.base + before.slots : FIRST_PLACE, storeId, disk));
    }
    const strays = strayFiles(folder, segments);
    refuseOlder(segments, strays, disk);
    const last = segments.at(-1);
    if (last) disk.truncate(last.handle, last.slots * RECORD_BYTES);
    for (const { file } of strays) disk.remove(file);
    return segments;
  } catch (error) {
    for (const { handle } of segments) disk.close(handle);
    throw error;
  }
}

interface Stray {
  file: string;
  id: number;
  isLog: boolean;
}

/** Files that the state database does not know: from before the log begins, which were to be deleted, or behind its end. */
function strayFiles(folder: string, segments: readonly Segment[]): Stray[] {
  const known = new Set(segments.map(({ id }) => id));
  return readdirSync(folder).flatMap((name) => {
    const [, digits, ending] = /^(\d{8})\.(log|idx)$/.exec(name) ?? [];
    return digits === undefined || known.has(Number(digits))
      ? []
      : [{ file: join(folder, name), id: Number(digits), isLog: ending === "log" }];
  });
}

/** A claim that was not committed leaves one block at most. More means that the state database is an old copy: to cut would be to forget. */
function refuseOlder(segments: readonly Segment[], strays: readonly Stray[], disk: Disk): void {
  const last = segments.at(-1);
  let blocks = 0;
  for (const segment of segments) {
    const size = disk.size(segment.handle);
    const end = segment.slots * RECORD_BYTES;
    if (segment === last) blocks += wholeBlocks(segment.handle, segment.slots, size, disk);
    else if (size !== end) throw damaged(segment.file, `expected ${end} bytes, got ${size}`);
  }
  const beyond = strays.filter(({ id, isLog }) => isLog && id > (last?.id ?? 0));
  for (const { file } of beyond) blocks += blocksIn(file, disk);
  if (blocks > 1) throw olderLedger(beyond.at(-1)?.file ?? last?.file ?? "the key log");
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
    `relay.db is older than ${file}: expected a copy of the whole DATA_DIR, of one moment. Put back such a copy, or run \`sightline dedup rebuild\``,
  );
}
