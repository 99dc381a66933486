import * as z from "zod/mini";

/** Parses a value by a schema. Issues have the words of {@link expected}, unless the schema has its own. */
export function parse<T extends z.core.$ZodType>(schema: T, value: unknown): z.core.util.SafeParseResult<z.output<T>> {
  return z.safeParse(schema, value, { error: expected });
}

/**
 * The issue that zod would report first of a value that a schema refuses. An unknown field is reported only where nothing else is wrong.
 * The others are not collected: an event can have thousands of faults, and zod's words and paths for all of them take 50 times the check.
 */
export function firstIssue(schema: z.core.$ZodType, value: unknown): z.core.$ZodIssue | undefined {
  const ctx: z.core.ParseContextInternal = { error: expected, async: false, abortEarly: true };
  const payload = schema._zod.run({ value, issues: [] }, ctx);
  if (payload instanceof Promise) throw new TypeError("expected a schema without promises");
  const [any] = payload.issues;
  const first = payload.issues.find(({ code }) => code !== "unrecognized_keys") ?? any;
  return first && ({ ...first, path: first.path ?? [], message: wordsOf(first) } as z.core.$ZodIssue);
}

/** A check's own words come before its schema's, and both before ours: as in zod's own finalizeIssue, which is 2 kB of the bundle. */
function wordsOf(issue: z.core.$ZodRawIssue): string {
  for (const source of [issue.inst, issue.schema]) {
    const said = source?._zod.def.error?.(issue as never);
    const words = typeof said === "string" ? said : said?.message;
    if (words !== undefined) return words;
  }
  return issue.message ?? expected(issue);
}

/** What was expected instead of a value, and never the value. zod/mini has no words of its own; zod's English ones are 1 kB of the bundle. */
export function expected(issue: z.core.$ZodRawIssue): string {
  if (issue.code === "unrecognized_keys") return `Unrecognized key: ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
  return `expected ${wanted(issue)}`;
}

function wanted(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? `a ${issue.expected}`;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${UNITS[issue.origin] ?? ""}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${UNITS[issue.origin] ?? ""}`;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "invalid_format":
      return `a string of the form ${issue.format === "regex" ? issue.pattern : issue.format}`;
    default:
      return "another value";
  }
}

const TYPES: Record<string, string> = {
  array: "an array",
  int: "a whole number",
  object: "an object",
  record: "an object",
};
const UNITS: Record<string, string> = { array: " items", string: " characters" };
