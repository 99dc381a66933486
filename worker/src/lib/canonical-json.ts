import { stringText } from "./json-text.ts";
import { sortedKeys } from "./sorted-keys.ts";

/** Deeper than anything the collector takes: what lies below is cut off, so that hostile nesting cannot exhaust the stack. */
const MAX_DEPTH = 16;

/** JSON with the keys of each object in the order of their code units: equal values give equal text. Takes what `JSON.parse` gives. `within`: in a list that was searched for objects. */
export function canonicalJson(value: unknown, depth = 0, within = false): string {
  if (typeof value === "string") return stringText(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (depth >= MAX_DEPTH) return '"…"';
  if (!Array.isArray(value)) return `{${canonicalMembers(value as Record<string, unknown>, sortedKeys(value), depth)}}`;
  // Without objects there are no keys, and the engine writes it at a third of the cost.
  if (!within && isKeyless(value, depth)) return JSON.stringify(value);
  // Joined at once: a text that grows by each of thousands of elements leaves as many pieces to the garbage collector.
  return `[${value.map((element) => canonicalJson(element, depth + 1, true)).join(",")}]`;
}

/** True for a list that has no object anywhere in it, and is not cut off. */
function isKeyless(list: readonly unknown[], depth: number): boolean {
  if (depth >= MAX_DEPTH) return false;
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value === "object" && value !== null && !(Array.isArray(value) && isKeyless(value, depth + 1))) return false;
  }
  return true;
}

/** Some members of an object as canonical JSON, in the order of `keys`. */
export function canonicalMembers(object: Record<string, unknown>, keys: readonly string[], depth = 0): string {
  let text = "";
  for (const key of keys) text += `${text === "" ? "" : ","}${stringText(key)}:${canonicalJson(object[key], depth + 1)}`;
  return text;
}
