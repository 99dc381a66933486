import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { optionRows, optionsPage } from "../../../client/scripts/options-page.ts";
import { readOptions } from "../../../client/scripts/read-options.ts";
import { TRACKER_DEFAULTS } from "../../../client/src/tracker/read-options.ts";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

test("docs/options.md is what the sources say; `npm run docs` writes it", () => {
  expect(read("docs/options.md")).toBe(optionsPage());
});

test("the default that a doc comment names is the one that holds", () => {
  const told = new Map(optionRows("createTracker").map(({ name, fallback }) => [name, Number.parseFloat(fallback)]));
  for (const [name, value] of leaves(TRACKER_DEFAULTS)) expect([name, told.get(name)]).toEqual([name, value]);
});

test("an option is listed with its type, its default and its meaning, and a group with its members", () => {
  const source = `
    type Mood = "calm" | "busy";
    interface Who { id: string; }
    interface Inner { /** How long, in milliseconds. @default 5 */ ms: number }
    export interface Outer {
      /**
       * Told of {@link inner}.
       * @default nobody
       */
      told?: ((what: string | null) => void) | undefined;
      /** The inner ones. */
      inner: Partial<Inner>;
      /** Of whom. */
      of: readonly Who[];
      /** How. */
      mood: Mood | undefined;
    }`;
  expect(readOptions(source, "Outer")).toEqual([
    { name: "told", isRequired: false, type: "(what: string | null) => void", meaning: "Told of `inner`.", fallback: "nobody" },
    { name: "inner", isRequired: true, type: "Partial<Inner>", meaning: "The inner ones.", fallback: "" },
    { name: "inner.ms", isRequired: true, type: "number", meaning: "How long, in milliseconds.", fallback: "5" },
    { name: "of", isRequired: true, type: "readonly { id: string }[]", meaning: "Of whom.", fallback: "" },
    { name: "mood", isRequired: true, type: '"calm" | "busy"', meaning: "How.", fallback: "" },
  ]);
});

test("an option without a doc comment is refused by name", () => {
  expect(() => readOptions("interface Bare { one: string }", "Bare")).toThrow("one: expected a doc comment");
});

/** Numbers of a record, by their path. */
function leaves(record: object, prefix = ""): [string, unknown][] {
  return Object.entries(record).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === "number") return [[prefix + name, value] as [string, unknown]];
    return typeof value === "object" && value !== null ? leaves(value, `${prefix}${name}.`) : [];
  });
}
