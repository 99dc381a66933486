/** Places of those who were asked in this order: whoever came later goes later, however long the check of one takes. */
export type Places = <T, U>(check: Promise<T>, go: (checked: T) => U) => Promise<U>;

/** Makes them: calls `go` with what was checked, once all before have gone or were refused. Rejects as the check does. */
export function createPlaces(): Places {
  let last = { isGone: true, gone: Promise.resolve() };
  return async (check, go) => {
    const before = last;
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const own = { isGone: false, gone };
    last = own;
    const [checked] = await Promise.allSettled([check]);
    // Where nobody is before, no turn of the loop is lost: what is published together goes together.
    if (!before.isGone) await before.gone;
    try {
      if (checked.status === "rejected") throw checked.reason;
      return go(checked.value);
    } finally {
      own.isGone = true;
      resolve();
    }
  };
}
