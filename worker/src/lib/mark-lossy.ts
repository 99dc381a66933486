/**
 * Numbers of a JSON text whose value a double does not hold: 1234567890123456789 is read as …800, 1e-400 as 0, and -0 is written as 0. Two
 * orders that differ in the 19th digit would be one. Such a number is put down as one that is read as infinite, which scan.ts refuses where it
 * stands, so that the rest of a batch is taken. Another spelling of the same value (1.0, 1e3, 0.10) is left as it is.
 *
 * Of decimals the shortest text that is read as the same double decides: 0.1 is that of its double, and is taken; 0.1234567890123456789012
 * is not the 0.12345678901234568 that would be written, and is marked.
 */

/** What is read as infinite. */
const MARK = "1e999";

/**
 * Before what may be such a number: minus zero, 16 digits or more, an exponent of three digits. Whatever has at most 15 digits and a smaller
 * exponent survives (IEEE 754: DBL_DIG). May be found within a string, too.
 */
const SUSPECT = /[[:,\s](?=-0(?!\.\d*[1-9])|-?[\d.]{16}|-?[\d.]{1,15}?[eE][+-]?\d{3})/g;
const NUMBER = /-?\d[\d.eE+-]*/y;
/** JSON's own grammar: https://www.rfc-editor.org/rfc/rfc8259#section-6. Its groups are the sign, the digits before and after the point, and the power. */
const DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The text, each number that would change replaced by one that is infinite. Costs next to nothing where there is none. */
export function markLossy(text: string): string {
  SUSPECT.lastIndex = 0;
  if (!SUSPECT.test(text)) return text;
  const pieces: string[] = [];
  let from = 0;
  const strings = stringsOf(text);
  // A body may be nothing but such numbers: nothing is made of one that is left as it is.
  do {
    const start = SUSPECT.lastIndex;
    NUMBER.lastIndex = start;
    if (!NUMBER.test(text)) continue;
    const end = NUMBER.lastIndex;
    if (strings.hold(start) || survives(text.slice(start, end))) continue;
    pieces.push(text.slice(from, start), MARK);
    from = end;
  } while (SUSPECT.test(text));
  return pieces.length === 0 ? text : pieces.join("") + text.slice(from);
}

/** Tells whether a place is within a string; asked for places in their order, so that the text is gone through once. */
function stringsOf(text: string): { hold(place: number): boolean } {
  let begin = text.indexOf('"');
  let end = endOf(text, begin);
  return {
    hold(place) {
      while (begin >= 0 && end <= place) {
        begin = text.indexOf('"', end);
        end = endOf(text, begin);
      }
      return begin >= 0 && begin < place;
    },
  };
}

/** The place after the string that begins at a place; of one without an end, or of none, the end of the text. */
function endOf(text: string, begin: number): number {
  if (begin < 0) return text.length;
  for (let at = text.indexOf('"', begin + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text[before - 1] === "\\") before--;
    if ((at - before) % 2 === 0) return at + 1;
  }
  return text.length;
}

/** True for a number that keeps its value when it is written again, and for text that is not a number, which JSON.parse refuses. */
function survives(number: string): boolean {
  if (number === "-0") return false;
  const written = JSON.stringify(Number(number));
  if (written === number || !DECIMAL.test(number)) return true;
  return written !== "null" && decimalOf(written) === decimalOf(number);
}

/** One text for all spellings of a decimal: its sign, its digits without zeros at either end, and the power of ten of the last. */
function decimalOf(number: string): string {
  const [, sign = "", whole = "", fraction = "", power = "0"] = DECIMAL.exec(number) ?? [];
  const digits = whole + fraction;
  let first = 0;
  let last = digits.length;
  while (digits[first] === "0") first++;
  while (last > first && digits[last - 1] === "0") last--;
  if (first === last) return `${sign}0`;
  return `${sign}${digits.slice(first, last)}e${Number(power) - fraction.length + digits.length - last}`;
}
