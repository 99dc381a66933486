/**
 * The keys of an object in the order of their code units; as they are where there are more than `most`. Most objects have them in order
 * already, and a look is cheaper than a sort.
 */
export function sortedKeys(object: object, most = Infinity): string[] {
  const keys = Object.keys(object);
  if (keys.length > most) return keys;
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.toSorted();
  return keys;
}
