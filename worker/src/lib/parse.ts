import * as z from "zod/mini";

/** What a schema says of a value; of what it refuses, in the words of {@link expected}, where the schema has none of its own. */
export function parse<T extends z.core.$ZodType>(schema: T, value: unknown): z.core.util.SafeParseResult<z.output<T>> {
  return z.safeParse(schema, value, { error: expected });
}

/** What was expected instead of a value, and never the value. zod/mini has no words of its own; zod's English ones are 1 kB of the bundle. */
function expected(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `${TYPES[issue.expected] ?? `a ${issue.expected}`} was expected`;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${UNITS[issue.origin] ?? ""} was expected`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${UNITS[issue.origin] ?? ""} was expected`;
    case "invalid_value":
      return `${issue.values.map((value) => JSON.stringify(value)).join(" or ")} was expected`;
    case "invalid_format":
      return `a string of the form ${issue.format === "regex" ? issue.pattern : issue.format} was expected`;
    case "unrecognized_keys":
      return `Unrecognized key: ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    default:
      return "another value was expected";
  }
}

const TYPES: Record<string, string> = {
  array: "an array",
  int: "a whole number",
  object: "an object",
  record: "an object",
};
const UNITS: Record<string, string> = { array: " items", string: " characters" };
