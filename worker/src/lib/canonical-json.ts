import { stringText } from "./json-text.ts";

/** Deeper than anything the collector takes: what lies below is cut off, so that hostile nesting cannot exhaust the stack. */
const MAX_DEPTH = 16;

/** JSON with the keys of each object in the order of their code units: equal values give equal text. Takes what `JSON.parse` gives. */
export function canonicalJson(value: unknown, depth = 0): string {
  if (typeof value === "string") return stringText(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (depth >= MAX_DEPTH) return '"…"';
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join()}]`;
  return `{${canonicalMembers(value as Record<string, unknown>, Object.keys(value).toSorted(), depth)}}`;
}

/** Some members of an object as canonical JSON, in the order of `keys`. */
export function canonicalMembers(object: Record<string, unknown>, keys: readonly string[], depth = 0): string {
  return keys.map((key) => `${stringText(key)}:${canonicalJson(object[key], depth + 1)}`).join();
}
