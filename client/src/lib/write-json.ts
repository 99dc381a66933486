/** Text of a value. Throws a RangeError, with the name of the field, for a number whose value the text, or the next reader, would not have. */
export function writeJson(value: unknown): string {
  const text = JSON.stringify(value);
  // Afterwards: what JSON cannot carry, such as a circle, has ended it.
  checkNumbers(value, "");
  return text;
}

/** A replacer would do, and takes three times as long for all of it. */
function checkNumbers(value: unknown, name: string): void {
  if (typeof value === "number") {
    if (!isExact(value)) throw new RangeError(`${name}: ${EXACT}`);
  } else if (value && typeof value === "object") {
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") checkNumbers(toJSON.call(value, name), name);
    else for (const key of Object.keys(value)) checkNumbers((value as Record<string, unknown>)[key], key);
  }
}

/** What is wrong with such a number. */
export const EXACT = "expected a number that JSON carries exactly: send it as a string";

/**
 * Not for NaN and infinities, -0, which becomes 0, and integers over 2^53 of more than 15 digits: what was written as such may have lost some
 * before it got here, as 1234567890123456789 has. 1e300 is itself. Only integers are that large.
 */
export const isExact = (value: number): boolean =>
  !Object.is(value, -0) && (Math.abs(value) < 2 ** 53 || /^-?[\d.]{1,16}e/.test(`${value}`));
