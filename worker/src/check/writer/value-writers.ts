/** Writers of values that hold no others. */
import type * as z from "zod/mini";
import { isSound, stringText } from "../../lib/json-text.ts";
import { isPlain, type Bounds } from "./bounds.ts";
import { freeNumber, freeString, isForbidden } from "./free-text.ts";
import type { Depth, Write, WritePass } from "./write-pass.ts";

/** A string within these bounds; `pseudonymous` where it is an id, which may say nothing of a person. */
export function stringWriter(
  { least, most, pattern, refine }: Bounds,
  depth: Depth,
  pseudonymous: boolean,
  isUuid: boolean,
): Write {
  // A time and a UUID hold no personal data; in a bounded field freeString searches for it.
  const isLookedInto = pseudonymous || (depth === 0 && refine === undefined && !isUuid);
  const text = depth === 0 ? (isPlain(pattern) ? quoted : plainString) : freeString;
  const write: Write = (value, pass) => {
    if (typeof value !== "string" || value.length < least || value.length > most) return undefined;
    if (pattern !== undefined && !pattern.test(value)) return undefined;
    if ((refine !== undefined && !refine(value as never)) || (isLookedInto && isForbidden(value, pass))) return undefined;
    return text(value, pass);
  };
  return depth === 0 ? rememberLast(write) : write;
}

/**
 * The same request, surface and unit stand in one event after another: what passed last needs no second look. Not in bounded fields, whose
 * writers also note what they take out.
 */
function rememberLast(write: Write): Write {
  let last: unknown;
  let rules: WritePass["rules"] | undefined;
  let text: string | undefined;
  return (value, pass) => {
    if (value === last && text !== undefined && pass.rules === rules) return text;
    last = value;
    rules = pass.rules;
    return (text = write(value, pass));
  };
}

/** Outside of bounded fields a string may be as long as the schema says. Broken text is left to scan.ts. */
function plainString(value: string): string | undefined {
  const text = stringText(value);
  return text.length === value.length + 2 || isSound(value) ? text : undefined;
}

function quoted(value: string): string {
  return `"${value}"`;
}

/** A number within these bounds. */
export function numberWriter({ least, most, above, below, whole, refine }: Bounds, depth: Depth): Write {
  return (value, pass) => {
    if (typeof value !== "number" || !(value >= least && value <= most && value > above && value < below)) return undefined;
    if ((whole && !Number.isSafeInteger(value)) || (refine !== undefined && !refine(value as never))) return undefined;
    return depth > 0 ? freeNumber(value, pass) : String(value);
  };
}

/** One of these values. */
export function enumWriter(values: ReadonlySet<z.core.util.Primitive>): Write {
  const texts = new Map<unknown, string>([...values].map((value) => [value, JSON.stringify(value)]));
  return (value) => texts.get(value);
}
