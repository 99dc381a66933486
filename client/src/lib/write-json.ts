/** Text of a value. Throws a RangeError, with the name of the field, for a number whose value the text, or the next reader, would not have. */
export const writeJson = (value: unknown): string =>
  JSON.stringify(value, (name, each: unknown) => {
    if (typeof each === "number" && !isExact(each))
      throw new RangeError(`${name}: a number that JSON carries exactly was expected: send it as a string`);
    return each;
  });

/** Not for NaN and infinities, -0, which becomes 0, and integers so large that others have the same number. */
const isExact = (value: number): boolean =>
  Number.isFinite(value) && !Object.is(value, -0) && (Number.isSafeInteger(value) || !Number.isInteger(value));
