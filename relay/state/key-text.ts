/**
 * A text that is put together of parts, and what it is hashed to: each part with its length before it, so that no two lists of parts read the same.
 * Parts come as UTF-8; lengths are in UTF-16 units, which tell parts apart as well as bytes do, and are what the keys of earlier versions have.
 */

const COLON = 58;
const ZERO = 48;
/** A length and its colon, bytes at most. */
const LENGTH_BYTES = 11;
const encoder = new TextEncoder();

/** Hashes the first `length` bytes, which are these words too, into four words. There is room behind them for another block. */
export type HashBytes = (bytes: Uint8Array, words: Uint32Array, length: number, into: Uint32Array, to: number) => void;

/** Bytes of a block, for which there is room behind a text. */
const BLOCK = 16;
let bytes = Buffer.alloc(4096);
let words = new Uint32Array(bytes.buffer, bytes.byteOffset, 1024);
let at = 0;

function makeRoom(size: number): void {
  if (size + BLOCK <= bytes.length) return;
  bytes = Buffer.alloc(2 ** Math.ceil(Math.log2(size + BLOCK)));
  words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Begins a text with what {@link keyStart} made of its first parts; of at most so many bytes in its others. */
export function beginKey(first: Buffer, mostBytes: number, parts: number): void {
  makeRoom(first.length + mostBytes + parts * LENGTH_BYTES);
  for (let i = 0; i < first.length; i++) bytes[i] = first[i]!;
  at = first.length;
}

/** How long the text is, to go back to. */
export function keyLength(): number {
  return at;
}

/** Goes back to a length. */
export function cutKey(length: number): void {
  at = length;
}

/** Appends a part. */
export function keyPart(from: Buffer, start: number, end: number): void {
  const part = at;
  putLength(end - start);
  const [into, to] = [bytes, at - start];
  let all = 0;
  for (let i = start; i < end; i++) {
    const byte = from[i]!;
    all |= byte;
    into[to + i] = byte;
  }
  at = to + end;
  if (all < 0x80) return;
  at = part;
  putLength(unitsOf(from, start, end));
  for (let i = start; i < end; i++) bytes[at++] = from[i]!;
}

/** Appends a part that is a text. */
export function keyPartText(text: string): void {
  const part = Buffer.from(text);
  keyPart(part, 0, part.length);
}

/** Hashes it into four words. */
export function endKey(hash: HashBytes, into: Uint32Array, to: number): void {
  hash(bytes, words, at, into, to);
}

/** Hashes a text that is no list of parts into four words. */
export function keyOfText(text: string, hash: HashBytes, into: Uint32Array, to: number): void {
  makeRoom(text.length * 3);
  at = encoder.encodeInto(text, bytes).written;
  endKey(hash, into, to);
}

/** What a text of these parts begins with. */
export function keyStart(...parts: string[]): Buffer {
  return Buffer.from(parts.map((part) => `${part.length}:${part}`).join(""));
}

/** Mostly below 1,000. */
function putLength(length: number): void {
  if (length >= 1_000) {
    for (const digit of String(length)) bytes[at++] = digit.charCodeAt(0);
  } else {
    if (length >= 100) bytes[at++] = ZERO + Math.floor(length / 100);
    if (length >= 10) bytes[at++] = ZERO + (Math.floor(length / 10) % 10);
    bytes[at++] = ZERO + (length % 10);
  }
  bytes[at++] = COLON;
}

/** UTF-16 units of UTF-8: one for each character, and two for those of four bytes. */
function unitsOf(from: Buffer, start: number, end: number): number {
  let units = 0;
  for (let i = start; i < end; i++) units += (from[i]! & 0xc0) === 0x80 ? 0 : from[i]! >= 0xf0 ? 2 : 1;
  return units;
}
