/** One file of the key log: a head, then blocks, each a header and its records. It only grows, and is deleted whole. */
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { StateError } from "../../lib/database.ts";
import type { Disk } from "./disk.ts";
import { type BlockHeader, getHeader, makeHead, RECORD_BYTES, WORDS } from "./record.ts";

/** What the state database knows of a file; it is the state database's word that counts. */
export interface SegmentRow {
  id: number;
  /** Records in it, its head and headers included. */
  slots: number;
  /** Markers in it. */
  keys: number;
  /** When it was begun, and the latest time in it, milliseconds since 1970. */
  opened: number;
  newest: number;
}

/** A file of the log that is open. */
export interface Segment extends SegmentRow {
  file: string;
  handle: number;
  /** Place in the log of its slot 0. */
  base: number;
}

/** Where a file of the log is, or of its index. */
export function segmentFile(folder: string, id: number, ending: "log" | "idx" = "log"): string {
  return join(folder, `${String(id).padStart(8, "0")}.${ending}`);
}

/** A damaged file of the log; the message names it and the way out. */
export function damaged(file: string, what: string, options?: ErrorOptions): StateError {
  return new StateError(
    `${file} is damaged: ${what}. Put back a copy of the whole DATA_DIR, or run \`sightline dedup rebuild\``,
    options,
  );
}

/** The bytes behind words. */
export function bytesOf(words: Uint32Array, from = 0, to = words.length): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + from * 4, (to - from) * 4);
}

/** Opens a file that the state database names. Throws where it is not there, not that one, or shorter than it was. */
export function openSegment(folder: string, row: SegmentRow, base: number, storeId: number, disk: Disk): Segment {
  const file = segmentFile(folder, row.id);
  let handle: number;
  try {
    handle = disk.open(file, "write");
  } catch (cause) {
    throw damaged(file, `it cannot be opened (${(cause as Error).message})`, { cause });
  }
  try {
    const head = new Uint32Array(WORDS);
    disk.read(handle, bytesOf(head), 0);
    const expected = makeHead(row.id, storeId);
    if (head.some((word, i) => word !== expected[i])) throw damaged(file, "it does not begin as a file of this store does");
    const size = disk.size(handle);
    if (size < row.slots * RECORD_BYTES) throw damaged(file, `expected ${row.slots * RECORD_BYTES} bytes or more, got ${size}`);
    return { ...row, file, handle, base };
  } catch (error) {
    disk.close(handle);
    throw error;
  }
}

/** Memory that is used again and again; what it gave is overwritten by what it gives next. */
export type Scratch = (words: number) => Uint32Array;

/** Makes it. */
export function createScratch(): Scratch {
  let memory = new Uint32Array(0);
  return (words) => {
    if (memory.length < words) memory = new Uint32Array(words);
    return memory.subarray(0, words);
  };
}

/** Reads the slots of a file from `from` to before `to`. */
export function readSlots({ file, handle }: Segment, from: number, to: number, disk: Disk, scratch: Scratch): Uint32Array {
  const words = scratch((to - from) * WORDS);
  const got = disk.read(handle, bytesOf(words), from * RECORD_BYTES);
  if (got < words.byteLength) throw damaged(file, `expected ${words.byteLength} bytes at slot ${from}, got ${got}`);
  return words;
}

/**
 * The block whose header is in slot `slot` of words that begin with slot `first`; undefined where there is none that is whole and as it was
 * written.
 */
export function blockAt(words: Uint32Array, first: number, slot: number): BlockHeader | undefined {
  const at = (slot - first) * WORDS;
  if (at + WORDS > words.length) return undefined;
  const header = getHeader(words, at, slot);
  const end = at + (1 + (header?.count ?? 0)) * WORDS;
  if (!header || end > words.length || crc32(bytesOf(words, at + WORDS, end)) !== header.crc) return undefined;
  return header;
}

/** The blocks in the words of a whole file, checked. Throws a StateError where one is not as it was written. */
export function* blocksOf(words: Uint32Array, { file, slots }: Pick<Segment, "file" | "slots">): Generator<BlockHeader> {
  for (let slot = 1; slot < slots;) {
    const block = blockAt(words, 0, slot);
    if (!block) throw damaged(file, `expected a block at byte ${slot * RECORD_BYTES}`);
    yield block;
    slot += 1 + block.count;
  }
}
