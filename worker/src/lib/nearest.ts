/** Characters of a type's name, at most; longer texts are not looked at at all. */
const MOST_LENGTH = 64;

/**
 * The word that is most like a text, by the characters to insert, delete or replace; undefined where none is within a third of the text,
 * or three. Case counts for nothing, and `-` as `_`.
 */
export function nearest(text: string, words: Iterable<string>): string | undefined {
  const plain = text.length > MOST_LENGTH ? "" : text.toLowerCase().replaceAll("-", "_");
  let most = Math.min(3, Math.floor(plain.length / 3));
  let found: string | undefined;
  for (const word of words) {
    if (Math.abs(word.length - plain.length) > most) continue;
    const edits = distance(plain, word, most);
    if (edits > most || (edits === most && found !== undefined)) continue;
    [found, most] = [word, edits];
  }
  return found;
}

/** More than any distance, and with one more for each character still a byte. */
const FAR = 100;
const rows = [new Uint8Array(MOST_LENGTH + 1), new Uint8Array(MOST_LENGTH + 1)] as const;

/**
 * Levenshtein's distance, as far as it is at most `most`; else something greater. Only cells that near to the diagonal are looked at, since
 * 500 events of a batch may each have a name of its own that is like many.
 */
function distance(a: string, b: string, most: number): number {
  const width = b.length + 1;
  let [row, next] = rows as [Uint8Array, Uint8Array];
  for (let j = 0; j < width; j++) row[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - most);
    const to = Math.min(b.length, i + most);
    const code = a.charCodeAt(i - 1);
    next[from - 1] = from === 1 ? i : FAR;
    for (let j = from; j <= to; j++) {
      const replaced = row[j - 1]! + (code === b.charCodeAt(j - 1) ? 0 : 1);
      next[j] = Math.min(replaced, row[j]! + 1, next[j - 1]! + 1);
    }
    if (to < b.length) next[to + 1] = FAR;
    [row, next] = [next, row];
  }
  return row[b.length]!;
}
