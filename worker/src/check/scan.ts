/**
 * One walk over an event as it was sent, before zod sees it: what no schema can say of any JSON, and what must be known before
 * anything recursive touches it.
 */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { fault, type Fault } from "../errors/fault.ts";
import { FORBIDDEN_KEYS, FREE_FIELDS } from "../events/field-names.ts";
import { byteLength } from "../lib/byte-length.ts";
import { isSound } from "../lib/json-text.ts";

interface Walk {
  path: PropertyKey[];
  /** Keys met within the bounded field that is being walked; outside of one, undefined. */
  keys: number | undefined;
}

/** The first fault of an event, or of a batch's `common`: nesting, keys, bytes of strings, forbidden names, broken text, infinite numbers. */
export function scan(event: Record<string, unknown>, names: readonly string[] = Object.keys(event)): Fault | undefined {
  for (const key of names) {
    const walk: Walk = { path: [key], keys: FREE_FIELDS.has(key) ? 0 : undefined };
    const found = keyFault(key, walk) ?? valueFault(event[key], 1, walk);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueFault(value: unknown, depth: number, walk: Walk): Fault | undefined {
  if (typeof value === "string") return stringFault(value, walk);
  // JSON has no infinity, but JSON.parse reads 1e999 as one, and lib/mark-lossy.ts has it stand for what would change.
  if (typeof value === "number") return Number.isFinite(value) ? undefined : fault("number_out_of_range", walk.path);
  if (typeof value !== "object" || value === null) return undefined;
  if (depth > WIRE_LIMITS.depth) return fault("too_deep", walk.path);
  return Array.isArray(value) ? listFault(value, depth, walk) : objectFault(value as Record<string, unknown>, depth, walk);
}

function listFault(list: readonly unknown[], depth: number, walk: Walk): Fault | undefined {
  const at = walk.path.push(0) - 1;
  for (let i = 0; i < list.length; i++) {
    walk.path[at] = i;
    const found = valueFault(list[i], depth + 1, walk);
    if (found !== undefined) return found;
  }
  walk.path.pop();
  return undefined;
}

function objectFault(object: Record<string, unknown>, depth: number, walk: Walk): Fault | undefined {
  const at = walk.path.push("") - 1;
  for (const key of Object.keys(object)) {
    walk.path[at] = key;
    const found = keyFault(key, walk) ?? valueFault(object[key], depth + 1, walk);
    if (found !== undefined) return found;
  }
  walk.path.pop();
  return undefined;
}

function keyFault(key: string, walk: Walk): Fault | undefined {
  if (FORBIDDEN_KEYS.has(key)) return fault("forbidden_key", walk.path);
  if (!isSound(key)) return fault("invalid_string", walk.path);
  if (walk.keys === undefined || walk.path.length === 1) return undefined;
  if (++walk.keys > WIRE_LIMITS.keys) return fault("too_many_keys", walk.path.slice(0, 1));
  return isTooLong(key) ? fault("string_too_long", walk.path) : undefined;
}

function stringFault(text: string, walk: Walk): Fault | undefined {
  if (!isSound(text)) return fault("invalid_string", walk.path);
  return walk.keys !== undefined && isTooLong(text) ? fault("string_too_long", walk.path) : undefined;
}

function isTooLong(text: string): boolean {
  // A UTF-16 unit takes at most three bytes: most strings need no counting.
  return text.length * 3 > WIRE_LIMITS.stringBytes && byteLength(text) > WIRE_LIMITS.stringBytes;
}
