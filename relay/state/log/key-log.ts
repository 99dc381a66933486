/**
 * The key log: every marker and message of the window, in files that only grow. What of it counts is the ledger's word: a block is written
 * and synced here first, then the ledger's commit says how long the log is. What lies beyond is cut off at the next start.
 */
import { mkdirSync } from "node:fs";
import type { Disk } from "./disk.ts";
import { createKeyTable, FIRST_PLACE, hashKey, type KeyTable, partOf } from "./key-table.ts";
import { openFiles } from "./open-files.ts";
import { createPageCache, type FoundRecord } from "./page-cache.ts";
import { makeHead, MESSAGE, RECORD_BYTES, WORDS } from "./record.ts";
import { blocksOf, bytesOf, createScratch, readSlots, type Segment, segmentFile, type SegmentRow } from "./segment.ts";
import { makeSnapshot, readSnapshot, type Snapshot, writeSnapshot } from "./snapshot.ts";

/** Places that there are: 32 bits. */
const PLACES = 2 ** 32;

/** A block in the log. */
export interface Block {
  segment: Segment;
  slot: number;
  count: number;
}

/** Where the log begins. */
export interface LogStart {
  segment: number;
  slot: number;
}

interface KeyLogOptions {
  folder: string;
  /** The ledger's files, oldest first. */
  rows: SegmentRow[];
  start: LogStart;
  storeId: number;
  disk: Disk;
  /** Void blocks by `seq`, with their file. */
  voids: ReadonlyMap<number, number>;
  now: () => number;
  /** Records of a file, about, and for how long one is written to. */
  segmentSlots: number;
  segmentMs: number;
}

export interface KeyLog {
  readonly table: KeyTable;
  readonly segments: readonly Segment[];
  /** Where a block of so many slots would begin; a new file is begun where the last is full or old. Throws what the disk says. */
  reserve(slots: number): Omit<Block, "count">;
  /** Writes the sealed block in the first `count + 1` records of `words` there, and syncs it. Throws what the disk says. */
  append(block: Block, words: Uint32Array): void;
  /** The ledger has committed: the log is as long as the block says. */
  accept(block: Block, keys: number, newest: number): void;
  /** The ledger's row of a block's file once it has the block. */
  row(block: Block, keys: number, newest: number): SegmentRow;
  /** Takes a block's markers out of the table. */
  removeMarkers(block: Block): void;
  /** The ledger has not: takes back what was written since the last `accept`. */
  cancel(): void;
  place(block: Pick<Block, "segment" | "slot">): number;
  /** Reads a record. Throws a StateError where it is not as it was written. */
  record(place: number): FoundRecord;
  /** Where the log may begin, when what is older than `before` and lies before the place `limit` is forgotten. */
  startFor(before: number, limit: number): LogStart;
  /** Begins the log there, and deletes the files before. */
  dropBefore(start: LogStart): void;
  /** Writes the index of a file that has none; false where every file has one. */
  writeSnapshot(): boolean;
  /** Reads a file and checks each of its blocks; answers the bytes read. Throws a StateError where one is damaged. */
  check(segment: Segment): number;
  close(): void;
}

/** Opens the log: loads where every key is. Throws a StateError where it is damaged, or not as long as the ledger says. */
export function openKeyLog(options: KeyLogOptions): KeyLog {
  const { folder, disk, voids, storeId, now } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const segments = openFiles(folder, options.rows, storeId, disk);
  const table = createKeyTable(segments.reduce((sum, { slots }) => sum + slots, 0));
  const cache = createPageCache(disk);
  const scratch = createScratch();
  const read = (segment: Segment, from = 0, to = segment.slots) => readSlots(segment, from, to, disk, scratch);
  let start = options.start;
  /** A file that the ledger does not know yet. */
  let fresh: Segment | undefined;
  let snapshotless: Segment[] = [];

  const last = (): Segment | undefined => segments.at(-1);
  const voidsIn = (id: number): number => [...voids.values()].filter((segment) => segment === id).length;
  const scan = (segment: Segment): Snapshot => makeSnapshot(read(segment), segment, (seq) => voids.has(seq));

  const load = (segment: Segment): void => {
    const isLast = segment === last();
    const kept = isLast
      ? undefined
      : readSnapshot(segmentFile(folder, segment.id, "idx"), segment, voidsIn(segment.id), disk, scratch);
    const { counts, entries } = kept ?? scan(segment);
    if (!kept && !isLast) snapshotless.push(segment);
    let i = 0;
    for (let part = 0; part < counts.length; part++) {
      for (let n = counts[part]!; n > 0; n--, i += 2) table.insert(part, entries[i]!, segment.base + entries[i + 1]!);
    }
  };

  const begin = (): Segment => {
    const before = last();
    const id = (before?.id ?? 0) + 1;
    const base = before ? before.base + before.slots : FIRST_PLACE;
    const file = segmentFile(folder, id);
    const segment = { id, slots: 1, keys: 0, opened: now(), newest: 0, file, handle: disk.open(file, "create"), base };
    fresh = segment;
    disk.write(segment.handle, bytesOf(makeHead(id, storeId)), 0);
    disk.syncFolder(folder);
    return segment;
  };

  /** Places are 32 bits: before they run out, what is forgotten is taken off all of them. */
  const rebase = (): void => {
    const by = segments[0]!.base - FIRST_PLACE;
    table.rebase(by);
    for (const segment of segments) segment.base -= by;
  };

  const beginAt = (next: LogStart): void => {
    start = next;
    const first = segments.find(({ id }) => id === next.segment);
    if (first) table.forgetBefore(first.base + next.slot);
  };

  for (const segment of segments) load(segment);
  beginAt(start);

  return {
    table,
    segments,
    place: ({ segment, slot }) => segment.base + slot,
    reserve(slots) {
      const current = last();
      const isFull = !current || (current.slots > 1 && current.slots + slots > options.segmentSlots);
      const isOld = current !== undefined && current.slots > 1 && now() - current.opened >= options.segmentMs;
      if (current && current.base + current.slots + slots + 1 >= PLACES) rebase();
      const segment = isFull || isOld ? begin() : current;
      return { segment, slot: segment.slots };
    },
    append({ segment, slot, count }, words) {
      disk.write(segment.handle, bytesOf(words, 0, (count + 1) * WORDS), slot * RECORD_BYTES);
      disk.sync(segment.handle);
    },
    row: ({ segment: { id, opened, ...segment }, slot, count }, keys, newest) => ({
      id,
      slots: slot + 1 + count,
      keys: segment.keys + keys,
      opened,
      newest: Math.max(segment.newest, newest),
    }),
    removeMarkers({ segment, slot, count }) {
      const words = read(segment, slot, slot + 1 + count);
      for (let i = 1; i <= count; i++) {
        const at = i * WORDS;
        if ((words[at + 9]! & MESSAGE) === 0) table.remove(partOf(words, at), hashKey(words, at), segment.base + slot + i);
      }
    },
    accept({ segment, slot, count }, keys, newest) {
      const before = last();
      if (segment === fresh) {
        segments.push(segment);
        fresh = undefined;
        if (before) snapshotless.push(before);
      }
      cache.forget(segment.id, slot);
      segment.slots = slot + 1 + count;
      segment.keys += keys;
      segment.newest = Math.max(segment.newest, newest);
    },
    cancel() {
      if (fresh) {
        const { handle, file } = fresh;
        fresh = undefined;
        disk.close(handle);
        disk.remove(file);
      }
      const current = last();
      if (current) disk.truncate(current.handle, current.slots * RECORD_BYTES);
    },
    record(at) {
      const segment = segmentOf(segments, at);
      return cache.record(segment, at - segment.base);
    },
    startFor(before, limit) {
      const dead = (segment: Segment) => segment.newest < before && segment.base + segment.slots <= limit;
      const first = segments.find((segment) => segment.id >= start.segment && !(dead(segment) && segment !== last()));
      if (!first) return start;
      let slot = first.id === start.segment ? start.slot : 1;
      for (const block of blocksOf(read(first), first)) {
        if (block.slot < slot) continue;
        if (block.newest >= before || first.base + block.slot >= limit) break;
        slot = block.slot + 1 + block.count;
      }
      return { segment: first.id, slot };
    },
    dropBefore(next) {
      beginAt(next);
      while (segments[0] && segments[0].id < next.segment) {
        const gone = segments.shift()!;
        disk.close(gone.handle);
        for (const ending of ["log", "idx"] as const) disk.remove(segmentFile(folder, gone.id, ending));
      }
      snapshotless = snapshotless.filter((segment) => segments.includes(segment));
    },
    writeSnapshot() {
      const segment = snapshotless.shift();
      if (!segment) return false;
      writeSnapshot(segmentFile(folder, segment.id, "idx"), segment, voidsIn(segment.id), scan(segment), disk);
      return true;
    },
    check(segment) {
      for (const block of blocksOf(read(segment), segment)) void block;
      return segment.slots * RECORD_BYTES;
    },
    close() {
      for (const { handle } of segments) disk.close(handle);
    },
  };
}

/** The file that a place is in. */
function segmentOf(segments: readonly Segment[], place: number): Segment {
  let [low, high] = [0, segments.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (segments[middle]!.base <= place) low = middle;
    else high = middle - 1;
  }
  return segments[low]!;
}
