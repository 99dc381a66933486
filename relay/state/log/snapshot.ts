/**
 * The index of a file of the log that grows no more: its keys' hashes, so that a start need not read the keys. A mere copy: one that is
 * missing, damaged or out of date is built again from the file.
 */
import { crc32 } from "node:zlib";
import type { Disk } from "./disk.ts";
import { hashKey, PARTS, partOf } from "./key-table.ts";
import { MESSAGE, WORDS } from "./record.ts";
import { blocksOf, bytesOf, type Scratch, type Segment } from "./segment.ts";

/** First word of an index: SLKI; then version, segment, slots, voids, CRC-32 of the rest. */
const MAGIC = 0x494b4c53;
const VERSION = 1;
const HEAD_WORDS = 6;
/** Neighbours in the table are neighbours here, to this grain, as a power of two a part: a start goes through memory in order. */
const GRAIN_BITS = 6;

/** Entries of a file: how many for each part of the table, then hash and slot of each, part by part. */
export interface Snapshot {
  counts: Uint32Array;
  entries: Uint32Array;
}

/** Makes the snapshot from the words of a whole file, and checks them on the way. Markers of void blocks are left out. */
export function makeSnapshot(words: Uint32Array, segment: Segment, isVoid: (seq: number) => boolean): Snapshot {
  const counts = new Uint32Array(PARTS);
  const grains = new Uint32Array(PARTS << GRAIN_BITS);
  const grainOf = new Uint16Array(segment.slots);
  const found = new Uint32Array(segment.slots * 2);
  let n = 0;
  for (const { slot, count, seq } of blocksOf(words, segment)) {
    const leave = isVoid(seq);
    for (let s = slot + 1; s <= slot + count; s++) {
      const at = s * WORDS;
      if (leave && (words[at + 9]! & MESSAGE) === 0) continue;
      const part = partOf(words, at);
      const hash = hashKey(words, at);
      counts[part]!++;
      grainOf[n] = (part << GRAIN_BITS) | (hash >>> (32 - GRAIN_BITS));
      grains[grainOf[n]!]!++;
      found[n * 2] = hash;
      found[n * 2 + 1] = s;
      n++;
    }
  }
  const next = new Uint32Array(grains.length);
  for (let grain = 1; grain < grains.length; grain++) next[grain] = next[grain - 1]! + grains[grain - 1]!;
  const entries = new Uint32Array(n * 2);
  for (let i = 0; i < n; i++) {
    const to = next[grainOf[i]!]!++ * 2;
    entries[to] = found[i * 2]!;
    entries[to + 1] = found[i * 2 + 1]!;
  }
  return { counts, entries };
}

/** Writes it. Not synced: what a crash leaves of it is found out by its CRC. */
export function writeSnapshot(file: string, segment: Segment, voids: number, { counts, entries }: Snapshot, disk: Disk): void {
  const words = new Uint32Array(HEAD_WORDS + PARTS + entries.length);
  words.set(counts, HEAD_WORDS);
  words.set(entries, HEAD_WORDS + PARTS);
  words.set([MAGIC, VERSION, segment.id, segment.slots, voids, crc32(bytesOf(words, HEAD_WORDS))]);
  const handle = disk.open(file, "create");
  try {
    disk.write(handle, bytesOf(words), 0);
  } finally {
    disk.close(handle);
  }
}

/** Reads it; undefined where it is not there, damaged, or not of this file with so many void blocks. */
export function readSnapshot(file: string, segment: Segment, voids: number, disk: Disk, scratch: Scratch): Snapshot | undefined {
  let handle: number;
  try {
    handle = disk.open(file, "read");
  } catch {
    return undefined;
  }
  try {
    const words = scratch(Math.floor(disk.size(handle) / 4));
    disk.read(handle, bytesOf(words), 0);
    const head = [MAGIC, VERSION, segment.id, segment.slots, voids];
    if (words.length < HEAD_WORDS + PARTS || head.some((word, i) => words[i] !== word)) return undefined;
    if (crc32(bytesOf(words, HEAD_WORDS)) !== words[HEAD_WORDS - 1]) return undefined;
    return { counts: words.subarray(HEAD_WORDS, HEAD_WORDS + PARTS), entries: words.subarray(HEAD_WORDS + PARTS) };
  } finally {
    disk.close(handle);
  }
}
