/** The checks of a schema as a few comparisons, which are faster than a list of functions. */
import type * as z from "zod/mini";

/** Bounds of a value; of the length of strings and lists, and of numbers themselves. */
export interface Bounds {
  least: number;
  most: number;
  above: number;
  below: number;
  /** A whole number that is safe. */
  whole: boolean;
  pattern: RegExp | undefined;
  refine: ((value: never) => unknown) | undefined;
}

/** Formats of zod's that are their pattern and nothing more. */
const PATTERNED = new Set(["regex", "guid", "uuid", "nanoid", "starts_with", "ends_with", "includes"]);

/** The bounds of a schema; undefined where one of its checks is not known, or is one too many. */
export function boundsOf(schema: z.core.$ZodType): Bounds | undefined {
  const { def } = schema._zod;
  const bounds: Bounds = {
    least: -Number.MAX_VALUE,
    most: Number.MAX_VALUE,
    above: -Infinity,
    below: Infinity,
    whole: false,
    pattern: undefined,
    refine: undefined,
  };
  // A schema may be a check itself, as z.guid() and z.int() are.
  const own = "check" in def ? [def as unknown as CheckDef] : [];
  const all = [...own, ...(def.checks ?? []).map((check) => (check as z.core.$ZodChecks)._zod.def as CheckDef)];
  return all.every((check) => narrow(bounds, check)) ? bounds : undefined;
}

type CheckDef = z.core.$ZodChecks["_zod"]["def"] | z.core.$ZodCustomDef;

/** Adds a check to the bounds; false where that cannot be done. */
function narrow(bounds: Bounds, check: CheckDef): boolean {
  switch (check.check) {
    case "min_length":
      bounds.least = Math.max(bounds.least, check.minimum);
      return true;
    case "max_length":
      bounds.most = Math.min(bounds.most, check.maximum);
      return true;
    case "greater_than":
      if (check.inclusive) bounds.least = Math.max(bounds.least, Number(check.value));
      else bounds.above = Math.max(bounds.above, Number(check.value));
      return true;
    case "less_than":
      if (check.inclusive) bounds.most = Math.min(bounds.most, Number(check.value));
      else bounds.below = Math.min(bounds.below, Number(check.value));
      return true;
    case "number_format":
      bounds.whole = true;
      return check.format === "safeint";
    case "string_format":
      if (!PATTERNED.has(check.format) || bounds.pattern !== undefined || check.pattern === undefined) return false;
      bounds.pattern = check.pattern;
      return !check.pattern.global && !check.pattern.sticky;
    case "custom":
      // A refinement returns true or false; one that adds issues of its own is zod's alone.
      if (!("fn" in check) || typeof check.fn !== "function" || check.fn.length !== 1 || bounds.refine !== undefined)
        return false;
      bounds.refine = check.fn;
      return true;
    default:
      return false;
  }
}

/**
 * ASCII letters, digits and `_-.@/+:`, also as a class, and how often: as a whole, so without a choice. Of ranges those that hold nothing
 * else: from A to z is a backslash. A word that the whole may not be lets nothing more through.
 */
const PLAIN = /^\^(?:\(\?!\w+\$\))?(?:[\w@/:-]|\\[d./-]|\[(?:a-[fz]|A-[FZ]|0-9|[\w@/+:.])*-?\]|\{\d+(?:,\d*)?\}|[()*+?])+\$$/;

/** True for a pattern that lets nothing through that JSON would escape. */
export function isPlain(pattern: RegExp | undefined): boolean {
  return pattern !== undefined && pattern.flags === "" && PLAIN.test(pattern.source);
}
