/** Numbers as tables show them; `-` where there is none. */
const shown = (write: (value: number) => string) => (value: number) => (Number.isNaN(value) ? "-" : write(value));

/** A whole number, its thousands apart. */
export const whole = shown((value) => Math.round(value).toLocaleString("en"));
/** One digit after the point. */
export const fine = shown((value) => value.toFixed(1));
/** Two digits after the point. */
export const exact = shown((value) => value.toFixed(2));
