import { stringText } from "./json-text.ts";
import { sortedKeys } from "./sorted-keys.ts";

/** Deeper than anything the collector takes: what lies below is cut off, so that hostile nesting cannot exhaust the stack. */
const MAX_DEPTH = 16;

/** JSON with the keys of each object in the order of their code units: equal values give equal text. Takes what `JSON.parse` gives. */
export function canonicalJson(value: unknown, depth = 0): string {
  if (typeof value === "string") return stringText(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (depth >= MAX_DEPTH) return '"…"';
  if (!Array.isArray(value)) return `{${canonicalMembers(value as Record<string, unknown>, sortedKeys(value), depth)}}`;
  if (value.length < 2) return value.length === 0 ? "[]" : `[${canonicalJson(value[0], depth + 1)}]`;
  if (value.every(Number.isFinite)) return JSON.stringify(value);
  // Joined at once: a text that grows by each of thousands of elements leaves as many pieces to the garbage collector.
  return `[${value.map((element) => canonicalJson(element, depth + 1)).join(",")}]`;
}

/** Some members of an object as canonical JSON, in the order of `keys`. */
export function canonicalMembers(object: Record<string, unknown>, keys: readonly string[], depth = 0): string {
  let text = "";
  for (const key of keys) text += `${text === "" ? "" : ","}${stringText(key)}:${canonicalJson(object[key], depth + 1)}`;
  return text;
}
