/**
 * Steps over JSON as bytes, and takes nothing that JSON.parse would not: each function is given where something begins and returns where it
 * ends, or {@link BAD}. White space between the parts, which no collector writes, is bad too: whoever meets it asks JSON.parse.
 */

/** It is no JSON, or not as the collector writes it. */
export const BAD = -1;

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** Objects and arrays within each other; deeper ones are left to JSON.parse. */
const DEEPEST = 64;

/** Bytes that end a run of plain ones within a string: quotes, backslashes, and control characters. */
const SPECIAL = new Uint8Array(256);
SPECIAL.fill(1, 0, 0x20);
SPECIAL[QUOTE] = SPECIAL[BACKSLASH] = 1;

const [ESCAPES, HEX] = [bytesIn('"\\/bfnrt'), bytesIn("0123456789abcdefABCDEF")];

function bytesIn(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}

/** The closing quote of a string without escapes, from behind its opening one. */
export function plainEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && SPECIAL[bytes[at]!] === 0) at++;
  return at < end && bytes[at] === QUOTE ? at : BAD;
}

/** The closing quote of any string, from behind its opening one. */
function stringEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    while (at < end && SPECIAL[bytes[at]!] === 0) at++;
    if (at >= end) return BAD;
    if (bytes[at] === QUOTE) return at;
    if (bytes[at] !== BACKSLASH || ++at >= end) return BAD;
    if (bytes[at] === 0x75) {
      for (let digit = 1; digit <= 4; digit++) if (at + digit >= end || HEX[bytes[at + digit]!] === 0) return BAD;
      at += 4;
    } else if (ESCAPES[bytes[at]!] === 0) return BAD;
  }
  return BAD;
}

/** What follows a value. */
export function valueEnd(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  switch (at < end ? bytes[at] : 0) {
    case QUOTE: {
      const close = stringEnd(bytes, at + 1, end);
      return close === BAD ? BAD : close + 1;
    }
    case 0x7b:
      return depth < DEEPEST ? objectEnd(bytes, at, end, depth + 1) : BAD;
    case 0x5b:
      return depth < DEEPEST ? arrayEnd(bytes, at, end, depth + 1) : BAD;
    case 0x74:
      return wordEnd(bytes, at, end, TRUE);
    case 0x66:
      return wordEnd(bytes, at, end, FALSE);
    case 0x6e:
      return wordEnd(bytes, at, end, NULL);
    default:
      return numberEnd(bytes, at, end);
  }
}

function objectEnd(bytes: Uint8Array, from: number, end: number, depth: number): number {
  let at = from + 1;
  if (at < end && bytes[at] === 0x7d) return at + 1;
  for (;;) {
    if (at >= end || bytes[at] !== QUOTE) return BAD;
    at = stringEnd(bytes, at + 1, end);
    if (at === BAD || at + 1 >= end || bytes[at + 1] !== COLON) return BAD;
    at = valueEnd(bytes, at + 2, end, depth);
    if (at === BAD || at >= end) return BAD;
    if (bytes[at] === 0x7d) return at + 1;
    if (bytes[at] !== COMMA) return BAD;
    at++;
  }
}

function arrayEnd(bytes: Uint8Array, from: number, end: number, depth: number): number {
  let at = from + 1;
  if (at < end && bytes[at] === 0x5d) return at + 1;
  for (;;) {
    at = valueEnd(bytes, at, end, depth);
    if (at === BAD || at >= end) return BAD;
    if (bytes[at] === 0x5d) return at + 1;
    if (bytes[at] !== COMMA) return BAD;
    at++;
  }
}

const [TRUE, FALSE, NULL] = ["true", "false", "null"] as const;

function wordEnd(bytes: Uint8Array, at: number, end: number, word: string): number {
  if (at + word.length > end) return BAD;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return BAD;
  return at + word.length;
}

/** https://www.rfc-editor.org/rfc/rfc8259#section-6 */
function numberEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  if (at < end && bytes[at] === 0x2d) at++;
  if (at < end && bytes[at] === 0x30) at++;
  else if ((at = digitsEnd(bytes, at, end)) === BAD) return BAD;
  if (at < end && bytes[at] === 0x2e && (at = digitsEnd(bytes, at + 1, end)) === BAD) return BAD;
  if (at < end && (bytes[at]! | 0x20) === 0x65) {
    at++;
    if (at < end && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++;
    return digitsEnd(bytes, at, end);
  }
  return at;
}

/** At least one. */
function digitsEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++;
  return at > from ? at : BAD;
}
