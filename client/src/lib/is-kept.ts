/**
 * True for an event that is kept at this rate. The same id is always answered the same, so that of a request either all events of one
 * rate are kept or none, and they still join. FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), whose upper bits are mixed well.
 */
export function isKept(id: string, rate: number): boolean {
  let hash = 0x811c9dc5;
  for (const letter of id) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return (hash >>> 0) / 2 ** 32 < rate;
}
