/** JSON as it came, through JavaScript's own JSON: numbers that it would round keep their digits. */

/** A number that JavaScript may not give back as it came: one with 16 digits or more, or an exponent of three. Strings hardly look like it. */
const LONG_NUMBER = /[:,[\s]-?(?:\d[\d.]{15}|\d[\d.]*[eE][+-]?\d{3})[\d.eE+-]*/g;

/** How node's types do not know JSON yet: https://tc39.es/proposal-json-parse-with-source/ */
interface SourceJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}

/**
 * What to write with JSON.stringify in the place of `fields`, which `text` was read as. Throws an Error where a number is beyond what double
 * precision holds, so that no query over it can hold it either.
 */
export function exactJson(text: string, fields: Record<string, unknown>): Record<string, unknown> {
  // Most that are long are a double's own digits. Reading with a reviver takes several times as long.
  if (text.match(LONG_NUMBER)?.every((found) => String(Number(found.slice(1))) === found.slice(1)) ?? true) return fields;
  const { parse, rawJSON } = JSON as unknown as SourceJson;
  const reviver = (_key: string, value: unknown, { source }: { source?: string }): unknown => {
    if (typeof value !== "number" || source === undefined) return value;
    const isLost = !Number.isFinite(value) || (value === 0 && /^-?[\d.]*[1-9]/.test(source));
    if (isLost)
      throw new RangeError(`expected numbers within double precision, got one of ${source.length} characters beyond it`);
    return String(value) === source ? value : rawJSON(source);
  };
  return parse(text, reviver) as Record<string, unknown>;
}
