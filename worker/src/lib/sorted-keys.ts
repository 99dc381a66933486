/** The keys of an object in the order of their code units. Most objects have them so already, and a look is cheaper than a sort. */
export function sortedKeys(object: object): string[];
/** Undefined where there are more than `most`. */
export function sortedKeys(object: object, most: number): string[] | undefined;
export function sortedKeys(object: object, most = Infinity): string[] | undefined {
  const keys = Object.keys(object);
  if (keys.length > most) return undefined;
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.toSorted();
  return keys;
}
