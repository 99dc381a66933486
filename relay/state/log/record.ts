/**
 * The key log's unit: 48 bytes, twelve words of 32 bits in the machine's order (little-endian wherever Node runs in practice). A record of
 * a marker or a message, the header of a block of them, and the head of a file all have this size, so that a place in the log is one
 * number. Each carries a check over itself and its slot: a flipped bit is told from another key.
 */

/** Words of a record. */
export const WORDS = 12;
/** Bytes of a record. */
export const RECORD_BYTES = WORDS * 4;

/** Where in a record are: its key, four words; the content hash of its event, four; the owner, two, of which the low byte is flags; seconds since 1970. */
export const KEY = 0;
export const CONTENT = 4;
export const OWNER = 8;
export const FLAGS = 9;
export const SEEN = 10;

/** The record is a message of a queue, not a marker. */
export const MESSAGE = 1;
/** The marker's event is in the dead letters. */
export const DEAD_LETTERED = 2;
/** The message is settled in part; which lines is in the state database. */
export const IN_PART = 4;

const TWO_32 = 2 ** 32;
/** First word of a block's header: SLBK. */
const BLOCK = 0x4b424c53;
/** First word of a file's head: SLKL. */
const HEAD = 0x4c4b4c53;
const VERSION = 1;

/** What the header of a block says. */
export interface BlockHeader {
  /** Slot of the header in its file; its records follow. */
  slot: number;
  count: number;
  /** Counts up over all blocks ever written: a name that is never used again. */
  seq: number;
  /** The latest `first_seen` among its records, milliseconds since 1970. */
  newest: number;
  /** CRC-32 of its records' bytes. */
  crc: number;
}

/** Check of the record at `at`, which is to be in slot `slot` of its file. */
function checkOf(words: Uint32Array, at: number, slot: number): number {
  let h = slot ^ 0x9e3779b9;
  for (let i = at; i < at + WORDS - 1; i++) {
    h = Math.imul(h ^ words[i]!, 0x85ebca6b);
    h ^= h >>> 15;
  }
  return Math.imul(h, 0xc2b2ae35) >>> 0;
}

/** Closes a record by its check. */
export function seal(words: Uint32Array, at: number, slot: number): void {
  words[at + WORDS - 1] = checkOf(words, at, slot);
}

/** Whether a record is as it was sealed. */
export function isSound(words: Uint32Array, at: number, slot: number): boolean {
  return words[at + WORDS - 1] === checkOf(words, at, slot);
}

/** Writes a number up to 2^53 as two words. */
export function putLong(words: Uint32Array, at: number, value: number): void {
  words[at] = value % TWO_32;
  words[at + 1] = Math.floor(value / TWO_32);
}

/** Reads what {@link putLong} wrote. */
export function getLong(words: Uint32Array, at: number): number {
  return words[at]! + words[at + 1]! * TWO_32;
}

/** Writes a block's header into the record at `at`. */
export function putHeader(words: Uint32Array, at: number, { slot, count, seq, newest, crc }: BlockHeader): void {
  words.fill(0, at, at + WORDS);
  words[at] = BLOCK;
  words[at + 1] = count;
  putLong(words, at + 2, seq);
  putLong(words, at + 4, newest);
  words[at + 6] = crc;
  seal(words, at, slot);
}

/** The header in the record at `at`; undefined where there is none. */
export function getHeader(words: Uint32Array, at: number, slot: number): BlockHeader | undefined {
  if (words[at] !== BLOCK || !isSound(words, at, slot)) return undefined;
  return { slot, count: words[at + 1]!, seq: getLong(words, at + 2), newest: getLong(words, at + 4), crc: words[at + 6]! };
}

/** The head of a file: which one it is, and of which store. */
export function makeHead(segment: number, storeId: number): Uint32Array {
  const words = new Uint32Array(WORDS);
  words[0] = HEAD;
  words[1] = VERSION;
  words[2] = segment;
  putLong(words, 3, storeId);
  seal(words, 0, 0);
  return words;
}
