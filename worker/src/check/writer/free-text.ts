/**
 * Writes what is the caller's own (`context`, `metrics`, `payload`) as canonical JSON, within the limits of the wire, and takes out what
 * must not be sent of it. It returns undefined where something may be wrong: scan.ts and without-personal.ts then find out what, and whether
 * it is a fault.
 */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { FORBIDDEN_KEYS } from "../../events/field-names.ts";
import { byteLength } from "../../lib/byte-length.ts";
import { isSound, stringText } from "../../lib/json-text.ts";
import { sortedKeys } from "../../lib/sorted-keys.ts";
import { classByName, isHiddenNumber, REDACTED, redactNames, redactText } from "../../personal/redact.ts";
import type { Declared, WritePass } from "./write-pass.ts";

/** What JSON escapes, and surrogates: most texts have none of it, and a look is cheaper than the rules. */
const ODD = /["\\\u0000-\u001f\ud800-\udfff]/;
/** UTF-16 units take at most three bytes each. */
const SURELY_SHORT = Math.floor(WIRE_LIMITS.stringBytes / 3);
const REDACTED_TEXT = JSON.stringify(REDACTED);
/** The brackets of so many lists. */
const OPEN = Array.from({ length: WIRE_LIMITS.depth + 1 }, (_, lists) => "[".repeat(lists));
const CLOSE = OPEN.map((open) => open.replaceAll("[", "]"));
/** Of a member that is left out. */
const NOTHING = "";

/** True for a text that has what the key may not send. */
export function isForbidden(text: string, { rules }: WritePass): boolean {
  return redactText(text, rules) !== text;
}

/** What is written for what has to be taken out; undefined where the key has such events refused. */
function takeOut(written: string, pass: WritePass): string | undefined {
  if (pass.rules.strict_pii) return undefined;
  pass.isRedacted = true;
  return written;
}

/** A string of a bounded field. */
export function freeString(text: string, pass: WritePass): string | undefined {
  const clean = redactText(text, pass.rules);
  if (clean !== text) return isSendable(text) ? takeOut(stringText(clean), pass) : undefined;
  if (text.length <= SURELY_SHORT && !ODD.test(text)) return `"${text}"`;
  return isSendable(text) ? stringText(text) : undefined;
}

/** The one place where a text of the caller's own is checked by the rules of JSON: its bytes and its form. */
function isSendable(text: string): boolean {
  const isShort = text.length <= SURELY_SHORT || byteLength(text) <= WIRE_LIMITS.stringBytes;
  return isShort && isSound(text);
}

/** A finite number of a bounded field. What is taken out of `metrics`, which are numbers, is left out. */
export function freeNumber(value: number, pass: WritePass): string | undefined {
  if (isHiddenNumber(value, pass.rules)) return takeOut(pass.field === "metrics" ? NOTHING : REDACTED_TEXT, pass);
  return String(value);
}

/** Any value of a bounded field; `depth` is 1 for the field itself. `within` says that the list around it was searched as a whole. */
export function freeText(value: unknown, depth: number, pass: WritePass, within = false): string | undefined {
  if (typeof value === "string") return freeString(value, pass);
  if (typeof value === "number") return Number.isFinite(value) ? freeNumber(value, pass) : undefined;
  if (value === null || typeof value === "boolean") return String(value);
  if (depth > WIRE_LIMITS.depth) return undefined;
  // Lists of nothing but numbers and lists are long, and the engine writes them at a third of the cost.
  if (Array.isArray(value)) {
    const isWhole = within ? false : isBare(value, depth, pass);
    return isWhole ? JSON.stringify(value) : isWhole === undefined ? undefined : listText(value, depth, pass);
  }
  return objectText(value as Record<string, unknown>, depth, pass);
}

function listText(list: readonly unknown[], depth: number, pass: WritePass): string | undefined {
  if (list.length < 2) return list.length === 0 ? "[]" : loneText(list, depth, pass);
  // Joined at once: a text that grows by each of thousands of elements leaves as many pieces to the garbage collector.
  const texts: string[] = [];
  for (let i = 0; i < list.length; i++) {
    const written = freeText(list[i], depth + 1, pass, true);
    if (written === undefined) return undefined;
    texts.push(inList(written));
  }
  return `[${texts.join(",")}]`;
}

/** Lists of one in each other, of which a body may have as many as it has brackets. */
function loneText(list: readonly unknown[], depth: number, pass: WritePass): string | undefined {
  let value: unknown = list;
  let lists = 0;
  for (; Array.isArray(value) && value.length === 1; lists++) {
    if (depth + lists > WIRE_LIMITS.depth) return undefined;
    value = value[0];
  }
  const written = freeText(value, depth + lists, pass, true);
  return written === undefined ? undefined : `${OPEN[lists]}${inList(written)}${CLOSE[lists]}`;
}

/** A value in a list has to keep its place. */
export function inList(written: string): string {
  return written === NOTHING ? REDACTED_TEXT : written;
}

/** True for a list that holds finite numbers that are no cards and such lists alone; undefined where it is seen to be too deep. */
function isBare(list: readonly unknown[], depth: number, pass: WritePass): boolean | undefined {
  if (depth > WIRE_LIMITS.depth) return undefined;
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value === "number") {
      if (!Number.isFinite(value) || isHiddenNumber(value, pass.rules)) return false;
    } else {
      const isInner = Array.isArray(value) && isBare(value, depth + 1, pass);
      if (!isInner) return isInner;
    }
  }
  return true;
}

/** An object of a bounded field; `declaredOf` says what its schema says of a member. */
export function objectText(
  object: Record<string, unknown>,
  depth: number,
  pass: WritePass,
  declaredOf?: (key: string) => Declared | undefined,
): string | undefined {
  const sent = freeKeys(object, pass);
  if (sent === undefined) return undefined;
  const sentAs = redactNames(sent, pass.rules);
  if (sentAs !== undefined && takeOut(NOTHING, pass) === undefined) return undefined;
  const members: string[] = [];
  // The engine's own order of texts is faster than one that is asked of a function.
  for (const name of sentAs === undefined ? sent : Array.from(sentAs.keys()).toSorted()) {
    const key = sentAs?.get(name) ?? name;
    const value = object[key];
    const declared = declaredOf?.(key);
    let written = declared === undefined ? freeText(value, depth + 1, pass) : declared.write(value, pass);
    // It is written first, since what is taken out has to be within the limits too.
    if (written !== undefined && !declared?.isClassed && classByName(key, value, pass.rules) !== undefined)
      written = takeOut(pass.field === "metrics" ? NOTHING : REDACTED_TEXT, pass);
    if (written === undefined) return undefined;
    if (written === NOTHING) continue;
    const nameText = ODD.test(name) ? stringText(name) : `"${name}"`;
    members.push(`${nameText}:${written}`);
  }
  return `{${members.join(",")}}`;
}

/** The keys of an object, in order; undefined where they are too many, or one may not be. */
function freeKeys(object: object, pass: WritePass): readonly string[] | undefined {
  const sent = sortedKeys(object, WIRE_LIMITS.keys - pass.keys);
  if (sent === undefined) return undefined;
  pass.keys += sent.length;
  for (const key of sent) {
    if (FORBIDDEN_KEYS.has(key) || !isSendable(key)) return undefined;
  }
  return sent;
}
