/**
 * The word that is most like a text, by the characters to insert, delete or replace; undefined where none is within a third of the text,
 * or three. Case counts for nothing, and `-` as `_`.
 */
export function nearest(text: string, words: Iterable<string>): string | undefined {
  // A type's name has at most 64 characters; longer texts are not looked at at all.
  const plain = text.length > 64 ? "" : text.toLowerCase().replaceAll("-", "_");
  let most = Math.min(3, Math.floor(plain.length / 3));
  let found: string | undefined;
  for (const word of words) {
    if (Math.abs(word.length - plain.length) > most) continue;
    const edits = distance(plain, word);
    if (edits > most || (edits === most && found !== undefined)) continue;
    [found, most] = [word, edits];
  }
  return found;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
