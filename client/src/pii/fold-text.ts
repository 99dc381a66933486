/** A text as a matcher reads it, and where each of its characters stood. */
export interface Folded {
  text: string;
  /** The place in the original of what stands at `at`. */
  place(at: number): number;
}

const itself = (at: number): number => at;
const FOREIGN = /[%\u00a0\u00ad\u0660-\u06f9\u2000-\u2060\u2212\u3000\u3002\ufe63\ufeff-\uff61]/;

/**
 * Undoes percent-encoding of ASCII, also when done twice, and turns what Unicode has for digits, dashes, spaces and marks into ASCII, so that
 * an address is one however it is written. By hand: a text may be made of escapes alone.
 */
export function foldText(text: string): Folded {
  if (!FOREIGN.test(text)) return { text, place: itself };
  const codes: number[] = [];
  const places: number[] = [];
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    const escape = code === 37 ? escapeAt(text, at + 1) : undefined;
    const folded = escape === undefined ? (code < 160 ? code : asciiOf(code)) : escape.code;
    places[codes.length] = at;
    if (folded > 0) codes.push(folded);
    at = escape === undefined ? at + 1 : escape.next;
  }
  places[codes.length] = text.length;
  return { text: textOf(codes), place: (at) => places[at] ?? text.length };
}

/** What two hex digits after a `%` stand for, `25` before them being a `%` that was encoded again. */
function escapeAt(text: string, at: number): { code: number; next: number } | undefined {
  let next = at;
  while (text.startsWith("25", next) && hexAt(text, next + 2) >= 0) next += 2;
  const code = hexAt(text, next);
  return code > 0 && code < 128 ? { code, next: next + 2 } : undefined;
}

function hexAt(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code > 47 && code < 58) return code - 48;
  const letter = (code | 32) - 97;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/** Of characters that are none of ASCII's: 0 where they have no width, themselves where ASCII has nothing like them. */
function asciiOf(code: number): number {
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0;
  if ((code >= 0x660 && code <= 0x669) || (code >= 0x6f0 && code <= 0x6f9)) return 48 + (code & 15);
  if ((code >= 0x2010 && code <= 0x2015) || code === 0x2212 || code === 0xfe63) return 45;
  if (code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x202f || code === 0x205f || code === 0x3000) return 32;
  if (code === 0x3002 || code === 0xff61) return 46;
  return code === 0xad || (code >= 0x200b && code <= 0x200d) || code === 0x2060 || code === 0xfeff ? 0 : code;
}

/** In pieces, since a call takes only so many arguments. */
function textOf(codes: readonly number[]): string {
  if (codes.length < 8_192) return String.fromCharCode(...codes);
  let text = "";
  for (let at = 0; at < codes.length; at += 8_192) text += String.fromCharCode(...codes.slice(at, at + 8_192));
  return text;
}
