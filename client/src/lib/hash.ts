/** A 32-bit hash of a text: FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), whose upper bits are mixed well. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ letter.charCodeAt(0), 0x01000193);
  return value >>> 0;
}
