/** Settings: a plain name each for the code, a variable of the environment for whoever runs it; declared once, with default and unit. */
import { existsSync } from "node:fs";
import { z } from "zod";

/** One setting. Its schema has the default, and its description is its line in `sightline config` and docs/settings.md. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  /** Name of its variable. */
  variable: string;
  schema: S;
  /** Other variables that it may come under; its own wins, then the first of these. */
  aliases: readonly string[];
  /** Its value is never shown. */
  secret: boolean;
}

/** Settings by the names that the code uses. */
export type Settings = Readonly<Record<string, Setting>>;

/** The values of settings. */
export type Options<D extends Settings> = { [name in keyof D]: z.output<D[name]["schema"]> };

/** Declares a setting. @default no aliases, no secret */
export function setting<S extends z.ZodType>(
  variable: string,
  schema: S,
  { aliases = [], secret = false }: Partial<Pick<Setting, "aliases" | "secret">> = {},
): Setting<S> {
  return { variable, schema, aliases, secret };
}

/** Settings are wrong; the message has a line for each, with what was expected. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** A line each. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], what = "wrong settings") {
    super([`${what}:`, ...problems.map((line) => `  ${line}`)].join("\n"));
    this.problems = problems;
  }
}

/** The text that the environment gives a setting; undefined where it gives none. An empty variable is none. */
export function textOf({ variable, aliases }: Setting, env: NodeJS.ProcessEnv): string | undefined {
  return [variable, ...aliases].map((name) => env[name]).find((text) => text !== undefined && text !== "");
}

/** Reads settings; a line in `problems` for each that is wrong, whose value is then undefined. */
export function readSettings<D extends Settings>(declared: D, env: NodeJS.ProcessEnv, problems: string[]): Options<D> {
  const entries = Object.entries(declared).map(([name, one]) => {
    const text = textOf(one, env);
    const parsed = one.schema.safeParse(text);
    if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => explain(issue, one, text)));
    return [name, parsed.data] as const;
  });
  return Object.fromEntries(entries) as Options<D>;
}

/** Adds problems of what settings have to do with each other, but for variables that are wrong by themselves. */
export function addProblems(problems: string[], more: readonly string[]): void {
  const wrong = new Set(problems.map((line) => line.split(":")[0]));
  problems.push(...more.filter((line) => !wrong.has(line.split(":")[0])));
}

function explain(issue: z.core.$ZodIssue, { variable, secret }: Setting, text: string | undefined): string {
  const got = text === undefined ? "nothing" : secret ? "another value" : JSON.stringify(text);
  return `${variable}: ${expectedBy(issue)}, got ${got}`;
}

const WITH_ARTICLE: Readonly<Record<string, string>> = { record: "an object", object: "an object", array: "a list" };

/** What an issue says was expected, as everything else says it: zod has words of its own. */
export function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return `expected one of ${issue.values.join(", ")}`;
    case "invalid_type":
      return issue.expected === "int"
        ? "expected a whole number"
        : `expected ${WITH_ARTICLE[issue.expected] ?? `a ${issue.expected}`}`;
    case "unrecognized_keys":
      return `expected no ${issue.keys.join(", ")}`;
    case "too_small":
      return `expected ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${issue.origin === "string" ? " characters" : ""}`;
    case "too_big":
      return `expected ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
    case "invalid_format":
      return issue.format === "url" ? "expected an http(s) address" : issue.message;
    default:
      return issue.message;
  }
}

/** true or false, or 1 or 0. */
export const flag = (value: "true" | "false") => z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] }).prefault(value);

/** Not z.coerce: a blank would be 0. */
const whole = z
  .string()
  .regex(/^\s*[+-]?\d+\s*$/, "expected a whole number")
  .transform(Number);

/** A whole number from `min` to `max`. What is waited for has a day as its `max`: over 24.8 days Node waits not at all. @default from 1 on */
export const count = (value: number, min = 1, max = Number.MAX_SAFE_INTEGER) =>
  whole.pipe(z.number().min(min).max(max)).prefault(String(value));

export const text = z.string().min(1);

export const httpUrl = z.url({ protocol: /^https?$/ });

/** The path of a file that is there. */
export const file = text.refine((path) => existsSync(path), "expected the path of a file that is there");

/** Names, separated by commas; none by default. */
export const list = z
  .string()
  .prefault("")
  .transform((names) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );
