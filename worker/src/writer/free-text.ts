/**
 * Writes what is the caller's own (`context`, `metrics`, `payload`) as canonical JSON, within the limits of the wire. It answers
 * undefined where anything at all is odd: scan.ts then finds out what, and whether it is a fault.
 */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { nameClass } from "../lib/personal-names.ts";

/** What JSON escapes, surrogates, and what an e-mail address would have. */
const ODD = /["\\\u0000-\u001f\ud800-\udfff@%]/;
/** UTF-16 units take at most three bytes each. */
const SURELY_SHORT = Math.floor(WIRE_LIMITS.stringBytes / 3);

/** Keys that were written since `begin`, of one bounded field. */
let keys = 0;

/** Begins a bounded field. */
export function beginField(): void {
  keys = 0;
}

/** A string of a bounded field. */
export function freeString(text: string): string | undefined {
  return text.length > SURELY_SHORT || ODD.test(text) ? undefined : `"${text}"`;
}

/** The key of a member of a bounded field, with its colon. */
export function freeKey(key: string): string | undefined {
  if (++keys > WIRE_LIMITS.keys || key.length > SURELY_SHORT || ODD.test(key)) return undefined;
  return key === "__proto__" || key === "constructor" || key === "prototype" || nameClass(key) ? undefined : `"${key}":`;
}

/** Any value of a bounded field; `depth` is 1 for the field itself. */
export function freeText(value: unknown, depth: number): string | undefined {
  if (typeof value === "string") return freeString(value);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined;
  if (value === null || typeof value === "boolean") return String(value);
  if (depth > WIRE_LIMITS.depth) return undefined;
  return Array.isArray(value) ? listText(value, depth) : objectText(value as Record<string, unknown>, depth);
}

function listText(list: readonly unknown[], depth: number): string | undefined {
  let text = "[";
  for (const item of list) {
    const written = freeText(item, depth + 1);
    if (written === undefined) return undefined;
    text += text.length > 1 ? `,${written}` : written;
  }
  return `${text}]`;
}

function objectText(object: Record<string, unknown>, depth: number): string | undefined {
  let text = "{";
  for (const key of Object.keys(object).toSorted()) {
    const name = freeKey(key);
    const written = freeText(object[key], depth + 1);
    if (name === undefined || written === undefined) return undefined;
    text += text.length > 1 ? `,${name}${written}` : name + written;
  }
  return `${text}}`;
}
