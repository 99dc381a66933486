/** Keeps a set or map to its newest entries: both iterate in the order of insertion. */
export function forgetOldest(entries: Set<string> | Map<string, unknown>, most: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(key);
  }
}
