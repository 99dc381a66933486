/** Numbers of one seed: the same seed gives the same numbers. */
export interface Random {
  /** At least `from`, less than `to`. */
  between(from: number, to: number): number;
  /** One of the list. */
  oneOf<T>(list: readonly T[]): T;
}

/** Makes them, by mulberry32: https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number): number => from + next() * (to - from);
  return {
    between,
    oneOf<T>(list: readonly T[]): T {
      if (list.length === 0) throw new Error("expected a list to choose from, got an empty one");
      return list[Math.floor(between(0, list.length))]!;
    },
  };
}
