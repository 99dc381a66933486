/** Deeper than anything the collector takes: what lies below is cut off, so that hostile nesting cannot exhaust the stack. */
const MAX_DEPTH = 16;

/**
 * JSON with the keys of each object in one order, by code unit (whole numbers first, by value): equal values give equal text. Takes
 * what `JSON.parse` gives.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(ordered(value, 0));
}

function ordered(value: unknown, depth: number): unknown {
  if (value === null || typeof value !== "object") return value;
  if (depth >= MAX_DEPTH) return "…";
  if (Array.isArray(value)) return value.map((item) => ordered(item, depth + 1));
  const object = value as Record<string, unknown>;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(object).toSorted()) {
    const inner = ordered(object[key], depth + 1);
    // Assigned, this key would set the prototype.
    if (key === "__proto__") Object.defineProperty(sorted, key, { value: inner, enumerable: true });
    else sorted[key] = inner;
  }
  return sorted;
}
