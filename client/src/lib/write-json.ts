/** Text of a value. Throws a RangeError, with the name of the field, for a number whose value the text, or the next reader, would not have. */
export const writeJson = (value: unknown): string =>
  JSON.stringify(value, (name, each: unknown) => {
    if (typeof each === "number" && !isExact(each)) throw new RangeError(`${name}: ${EXACT}`);
    return each;
  });

/** What is wrong with such a number. */
export const EXACT = "expected a number that JSON carries exactly: send it as a string";

/**
 * Not for NaN and infinities, -0, which becomes 0, and integers over 2^53 of more than 15 digits: what was written as such may have lost some
 * before it got here, as 1234567890123456789 has. 1e300 is itself. Only integers are that large.
 */
export const isExact = (value: number): boolean =>
  !Object.is(value, -0) && (Math.abs(value) < 2 ** 53 || /^-?[\d.]{1,16}e/.test(`${value}`));
