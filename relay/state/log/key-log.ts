/**
 * The key log: every marker and message of the window, in files that only grow. What of it counts is the state database's word: a block is written
 * and synced here first, then the state database's commit says how long the log is. What lies beyond is cut off at the next start.
 */
import { mkdirSync } from "node:fs";
import { StoreFull } from "../../lib/database.ts";
import type { Disk } from "./disk.ts";
import { findStart, type LogStart } from "./find-start.ts";
import { createIndexes } from "./indexes.ts";
import { createKeyTable, FIRST_PLACE, hashKey, type KeyTable, partOf } from "./key-table.ts";
import { openFiles } from "./open-files.ts";
import { createPageCache, type FoundRecord } from "./page-cache.ts";
import { makeHead, MESSAGE, RECORD_BYTES, WORDS } from "./record.ts";
import { blocksOf, bytesOf, createScratch, readSlots, type Segment, segmentFile, type SegmentRow } from "./segment.ts";

/** Places that there are: 32 bits. */
const PLACES = 2 ** 32;

/** A block in the log. */
export interface Block {
  segment: Segment;
  slot: number;
  count: number;
}

interface KeyLogOptions {
  folder: string;
  /** The state database's files, oldest first. */
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
  /** Places that the table can tell apart. @default 2 ** 32 */
  places?: number;
}

export interface KeyLog {
  readonly table: KeyTable;
  readonly segments: readonly Segment[];
  /**
   * Where a block of so many slots would begin; a new file is begun where the last is full or old. Throws what the disk says, and a StoreFull where
   * the window holds more than there are places.
   */
  reserve(slots: number): Omit<Block, "count">;
  /** Writes the sealed block in the first `count + 1` records of `words` there, and syncs it. Throws what the disk says. */
  append(block: Block, words: Uint32Array): void;
  /** The state database has committed: the log is as long as the block says. */
  accept(block: Block, keys: number, newest: number): void;
  /** The state database's row of a block's file once it has the block. */
  row(block: Block, keys: number, newest: number): SegmentRow;
  /** Takes a block's markers out of the table. */
  removeMarkers(block: Block): void;
  /** The state database has not: takes back what was written since the last `accept`. */
  cancel(): void;
  place(block: Pick<Block, "segment" | "slot">): number;
  /** Reads a record. Throws a StateError where it is not as it was written. */
  record(place: number): FoundRecord;
  /** Where the log may begin, when what is older than `before` and lies before the place `limit` is forgotten. */
  startFor(before: number, limit: number): LogStart;
  /** Begins the log there, and deletes the files before. */
  dropBefore(start: LogStart): void;
  /** Writes the index of a file that has none; false where every file has one. */
  writeIndex(): boolean;
  /** Reads a file and checks each of its blocks; returns the bytes read. Throws a StateError where one is damaged. */
  check(segment: Segment): number;
  close(): void;
}

function fullMessage(places: number): string {
  return `the store holds ${places} keys and messages of its window, as many as it can: add a shard, or lower DEDUP_WINDOW_DAYS (docs/scale.md)`;
}

/** Opens the log: loads where every key is. Throws a StateError where it is damaged, or not as long as the state database says. */
export function openKeyLog(options: KeyLogOptions): KeyLog {
  const { folder, disk, voids, storeId, now } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const segments = openFiles(folder, options.rows, storeId, disk);
  const table = createKeyTable(segments.reduce((sum, { slots }) => sum + slots, 0));
  const cache = createPageCache(disk);
  const scratch = createScratch();
  const read = (segment: Segment, from = 0, to = segment.slots) => readSlots(segment, from, to, disk, scratch);
  let start = options.start;
  /** A file that the state database does not know yet. */
  let fresh: Segment | undefined;
  const indexes = createIndexes({ folder, disk, voids, scratch, read });

  const last = (): Segment | undefined => segments.at(-1);

  const load = (segment: Segment): void => {
    const { counts, entries } = indexes.load(segment, segment === last());
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

  const { places = PLACES } = options;
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
      const isBeyond = (): boolean => current !== undefined && current.base + current.slots + slots + 1 >= places;
      if (isBeyond()) rebase();
      // Were it to go on, a place would stand for two keys, and copies of what is forgotten so would be published.
      if (isBeyond()) throw new StoreFull(fullMessage(places));
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
        if (before) indexes.add(before);
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
    startFor: (before, limit) => findStart({ segments, start, before, limit, read }),
    dropBefore(next) {
      beginAt(next);
      while (segments[0] && segments[0].id < next.segment) {
        const gone = segments.shift()!;
        disk.close(gone.handle);
        for (const ending of ["log", "idx"] as const) disk.remove(segmentFile(folder, gone.id, ending));
      }
      indexes.keepOnly(segments);
    },
    writeIndex: indexes.writeNext,
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
