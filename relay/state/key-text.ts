/**
 * A text that is put together of parts and hashed: each part with its length before it, so that no two lists of parts read the same. Parts come as
 * UTF-8; lengths are in UTF-16 units: they tell parts apart as well as bytes do, and are what the keys of earlier versions have.
 */
import { hashRoom, murmurRoom } from "@sightline/worker/murmur128";

const COLON = 58;
const ZERO = 48;
/** A length and its colon, bytes at most. */
const LENGTH_BYTES = 11;
const encoder = new TextEncoder();

let room = murmurRoom(0);
let at = 0;

/** Begins a text of at most so many bytes in all its parts, with what {@link keyBytes} made of the first ones. */
export function beginKey(first: Uint8Array, mostBytes: number, parts: number): void {
  room = murmurRoom(first.length + mostBytes + parts * LENGTH_BYTES);
  for (let i = 0; i < first.length; i++) room[i] = first[i]!;
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
export function keyPart(bytes: Uint8Array, start: number, end: number): void {
  const from = at;
  putLength(end - start);
  let all = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    all |= byte;
    room[at++] = byte;
  }
  if (all < 0x80) return;
  at = from;
  putLength(unitsOf(bytes, start, end));
  for (let i = start; i < end; i++) room[at++] = bytes[i]!;
}

/** The key of a text that is no list of parts. */
export function keyOfText(text: string, into: Uint32Array, to: number): void {
  room = murmurRoom(text.length * 3);
  at = encoder.encodeInto(text, room).written;
  endKey(into, to);
}

/** Appends a part that is a text. */
export function keyPartText(text: string): void {
  const bytes = encoder.encode(text);
  keyPart(bytes, 0, bytes.length);
}

/** Hashes it into four words. */
export function endKey(into: Uint32Array, to: number): void {
  hashRoom(at, into, to);
  for (let i = to; i < to + 4; i++) into[i] = swapped(into[i]!);
}

/** What a text of these parts begins with. */
export function keyBytes(...parts: string[]): Uint8Array {
  return encoder.encode(parts.map((part) => `${part.length}:${part}`).join(""));
}

/** The log has a key's bytes in the order in which the hash is written, and its words in the machine's. */
function swapped(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word & 0xff00) << 8) | (word << 24);
}

/** Mostly below 1,000. */
function putLength(length: number): void {
  if (length >= 1_000) {
    for (const digit of String(length)) room[at++] = digit.charCodeAt(0);
  } else {
    if (length >= 100) room[at++] = ZERO + Math.floor(length / 100);
    if (length >= 10) room[at++] = ZERO + (Math.floor(length / 10) % 10);
    room[at++] = ZERO + (length % 10);
  }
  room[at++] = COLON;
}

/** UTF-16 units of UTF-8: one for each character, and two for those of four bytes. */
function unitsOf(bytes: Uint8Array, start: number, end: number): number {
  let units = 0;
  for (let i = start; i < end; i++) units += (bytes[i]! & 0xc0) === 0x80 ? 0 : bytes[i]! >= 0xf0 ? 2 : 1;
  return units;
}
