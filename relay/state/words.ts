/** What the words of a record stand for, and what they are made of. */
import { hashRoom, murmurRoom } from "@sightline/worker/murmur128";

/** Digits of a content hash, as the collector writes it. */
const HASH_DIGITS = 32;

/** Writes a content hash as four words: the collector's own as it is, any other text by a hash of it. */
export function putContent(bytes: Uint8Array, start: number, end: number, into: Uint32Array, to: number): void {
  if (end - start === HASH_DIGITS && putDigits(bytes, start, into, to)) return;
  const room = murmurRoom(end - start);
  for (let i = start; i < end; i++) room[i - start] = bytes[i]!;
  hashRoom(end - start, into, to);
}

/** Lower-case digits as words; false where they are something else. */
function putDigits(bytes: Uint8Array, start: number, into: Uint32Array, to: number): boolean {
  for (let i = 0; i < 4; i++) {
    let word = 0;
    for (let at = start + i * 8; at < start + i * 8 + 8; at++) {
      const byte = bytes[at]!;
      // "0" to "9" are 48 to 57, "a" to "f" 97 to 102.
      if (byte >= 48 && byte <= 57) word = (word << 4) | (byte - 48);
      else if (byte >= 97 && byte <= 102) word = (word << 4) | (byte - 87);
      else return false;
    }
    into[to + i] = word;
  }
  return true;
}

/** A content hash as 32 digits. */
export function contentText(words: Uint32Array, at: number): string {
  return hex(words[at]!) + hex(words[at + 1]!) + hex(words[at + 2]!) + hex(words[at + 3]!);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/**
 * Writes the 56 bits by which an event is known as the owner of a marker: FNV-1a twice over the UTF-16 units of its id, mixed; it tells owners
 * apart, and nobody gains by making two alike. Leaves the low byte free.
 */
export function putOwner(bytes: Uint8Array, start: number, end: number, into: Uint32Array, to: number): void {
  let all = 0;
  for (let i = start; i < end; i++) all |= bytes[i]!;
  if (all < 0x80) return hashUnits(bytes, start, end, into, to);
  const id = Buffer.from(bytes.subarray(start, end)).toString();
  hashUnits(
    Array.from({ length: id.length }, (_, i) => id.charCodeAt(i)),
    0,
    id.length,
    into,
    to,
  );
}

function hashUnits(units: ArrayLike<number>, start: number, end: number, into: Uint32Array, to: number): void {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let i = start; i < end; i++) {
    a = Math.imul(a ^ units[i]!, 0x01000193);
    b = Math.imul(b ^ units[i]!, 0x85ebca6b) ^ (a >>> 13);
  }
  into[to] = a ^ (b >>> 15);
  into[to + 1] = (b ^ (a >>> 16)) & 0xffffff00;
}

/** Whether two owners are one. */
export function isSameOwner(a: Uint32Array, at: number, b: Uint32Array, to: number): boolean {
  return a[at] === b[to] && ((a[at + 1]! ^ b[to + 1]!) & 0xffffff00) === 0;
}

/** Whether two keys, or two content hashes, are one. */
export function isSame(a: Uint32Array, at: number, b: Uint32Array, to: number): boolean {
  return a[at] === b[to] && a[at + 1] === b[to + 1] && a[at + 2] === b[to + 2] && a[at + 3] === b[to + 3];
}
