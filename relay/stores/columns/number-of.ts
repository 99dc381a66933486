const NUMBER = /^\s*[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** What DuckDB reads as a number is one in every store: text that is one, and a truth value. Anything else is returned as it is. */
export function numberOf(value: unknown): unknown {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "string" && NUMBER.test(value)) return Number(value.replaceAll("_", ""));
  return value;
}
