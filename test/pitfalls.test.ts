import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const table = read("pitfalls.md") ?? "";

/** A file of this folder, or undefined where there is none. */
function read(path: string): string | undefined {
  const file = fileURLToPath(new URL(path, import.meta.url));
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Rows of the tables, as cells. */
function rows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => /^\| (?!what +\||-)/.test(line));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** What is wrong with a row: undefined where its test is there. */
function wrong([what, held = ""]: string[]): string | undefined {
  if (/^not possible: .{20}/.test(held)) return undefined;
  const [, path = "", title = ""] = /^`(.+?\.ts)`: (.+)$/.exec(held) ?? [];
  if (!title) return `${what}: no test`;
  // A title that holds quotes is within others; one that is skipped or to be done is followed by a word, not by the bracket.
  const calls = (read(path) ?? "").matchAll(/\b(?:test(?:\.(?:each|for)\([^]*?\))?\(|promise:)\s*(["'`])(.+?)\1,/g);
  return [...calls].some(([, , name]) => name === title) ? undefined : `${what}: no test ${title} in ${path}`;
}

test("every row of pitfalls.md has a test that is there, or says why none is possible", () => {
  expect(rows(table).map(wrong).filter(Boolean)).toEqual([]);
});

test("pitfalls.md has rows on all that an SDK in a browser, a collector and a relay have to do with", () => {
  const sections = table.split(/^## /m).slice(1);
  expect(sections.map((section) => section.split("\n")[0])).toEqual([
    "Ids and attribution",
    "Exposure",
    "Queue and IndexedDB",
    "Transport",
    "Time, privacy, host page",
    "Collector: input",
    "Collector: protocol",
    "Collector: durability",
    "Collector: security and privacy",
    "Collector: operations",
    "Relay: dedup against publish",
    "Relay: source",
    "Relay: publish",
    "Relay: breaker, retry, dead letters",
    "Relay: files, end, traces, emulators",
    "Services: outbox, sagas, event streams",
    "Stores",
    "Stream jobs",
  ]);
  for (const section of sections) expect(rows(section).length).toBeGreaterThanOrEqual(8);
});

test.each([
  ["| a | `pitfalls.test.ts`: no such title |", "a: no test no such title in pitfalls.test.ts"],
  ["| a | `no/such.test.ts`: a title |", "a: no test a title in no/such.test.ts"],
  ["| a | |", "a: no test"],
  ["| a | not possible: |", "a: no test"],
  ["| a | `pitfalls.test.ts` |", "a: no test"],
])("the row %s is told", (row, told) => {
  expect(rows(row).map(wrong)).toEqual([told]);
});
