type Entries = Set<unknown> | Map<unknown, unknown>;

/**
 * Where the oldest entry of each set or map is. One iterator goes on and on: a new one has to step over all that was deleted at the front, which
 * V8 keeps until half of the entries are gone, and takes longer than all the rest.
 */
const oldest = new WeakMap<Entries, Iterator<unknown>>();

/** Keeps a set or map to its newest entries: both iterate in the order of insertion. */
export function forgetOldest(entries: Entries, most: number): void {
  while (entries.size > most) {
    const keys = oldest.get(entries) ?? entries.keys();
    oldest.set(entries, keys);
    const { value, done } = keys.next();
    // It has an end where others deleted what was before it, and more came since.
    if (done) oldest.delete(entries);
    else entries.delete(value);
  }
}
