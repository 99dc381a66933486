/**
 * Writes what is the caller's own (`context`, `metrics`, `payload`) as canonical JSON, within the limits of the wire. It returns
 * undefined where something may be wrong: scan.ts and without-personal.ts then find out what, and whether it is a fault.
 */
import { isCardNumber, isPersonal, nameClass } from "@sightline/client/pii";
import { WIRE_LIMITS } from "@sightline/client/wire";
import { byteLength } from "../lib/byte-length.ts";
import { isSound, stringText } from "../lib/json-text.ts";
import { sortedKeys } from "../lib/sorted-keys.ts";

/** What JSON escapes, and surrogates: most texts have none of it, and a look is cheaper than the rules. */
const ODD = /["\\\u0000-\u001f\ud800-\udfff]/;
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
  if (isPersonal(text)) return undefined;
  if (text.length <= SURELY_SHORT && !ODD.test(text)) return `"${text}"`;
  return isTaken(text) ? stringText(text) : undefined;
}

/** The one place where a text of the caller's own is held to the rules of JSON: its bytes and its form. */
function isTaken(text: string): boolean {
  const isShort = text.length <= SURELY_SHORT || byteLength(text) <= WIRE_LIMITS.stringBytes;
  return isShort && isSound(text);
}

/** The keys of an object of a bounded field, in order; undefined where they are too many. */
export function freeKeys(object: object): readonly string[] | undefined {
  return sortedKeys(object, WIRE_LIMITS.keys - keys);
}

/** The key of a member of a bounded field, with its colon. */
export function freeKey(key: string): string | undefined {
  if (++keys > WIRE_LIMITS.keys || key === "__proto__" || key === "constructor" || key === "prototype" || nameClass(key))
    return undefined;
  const text = freeString(key);
  return text && `${text}:`;
}

/** Any value of a bounded field; `depth` is 1 for the field itself. `within` a list that was looked through as a whole. */
export function freeText(value: unknown, depth: number, within = false): string | undefined {
  if (typeof value === "string") return freeString(value);
  if (typeof value === "number") return Number.isFinite(value) && !isCardNumber(value) ? String(value) : undefined;
  if (value === null || typeof value === "boolean") return String(value);
  if (depth > WIRE_LIMITS.depth) return undefined;
  // Lists of nothing but numbers and lists are long, and the engine writes them at a third of the cost.
  if (Array.isArray(value)) return (!within && isBare(value, depth) && JSON.stringify(value)) || listText(value, depth);
  return objectText(value as Record<string, unknown>, depth);
}

function listText(list: readonly unknown[], depth: number): string | undefined {
  let text = "[";
  for (let i = 0; i < list.length; i++) {
    const written = freeText(list[i], depth + 1, true);
    if (written === undefined) return undefined;
    text += i > 0 ? `,${written}` : written;
  }
  return `${text}]`;
}

/** True for a list that holds finite numbers that are no cards and such lists alone, within the limit of depth. */
function isBare(list: readonly unknown[], depth: number): boolean {
  if (depth > WIRE_LIMITS.depth) return false;
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    const isPlain = typeof value === "number" ? Number.isFinite(value) && !isCardNumber(value) : undefined;
    if (!(isPlain ?? (Array.isArray(value) && isBare(value, depth + 1)))) return false;
  }
  return true;
}

function objectText(object: Record<string, unknown>, depth: number): string | undefined {
  const names = freeKeys(object);
  if (names === undefined) return undefined;
  let text = "{";
  for (const key of names) {
    const name = freeKey(key);
    const written = name === undefined ? undefined : freeText(object[key], depth + 1);
    if (written === undefined) return undefined;
    text += text.length > 1 ? `,${name}${written}` : name + written;
  }
  return `${text}}`;
}
