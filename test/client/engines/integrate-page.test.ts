import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PAGE, tableOf } from "./integrate-page.ts";
import type { Row } from "./run-matrix.ts";
import { SCENARIOS } from "./scenarios/all.ts";

const NONE = { expected: 1, delivered: 1, doubled: 0, copies: 0, ms: 1_234, problems: [] };
const ROW: Row = { engine: "firefox", version: "Firefox 1", scenario: "click", run: 1, finding: NONE, problems: [] };
const CLICK = SCENARIOS.filter(({ name }) => name === "click");

/** Cells of the lines of the table that the page has. */
function written(): string[][] {
  const [, , ...lines] =
    /<!-- engines: .*-->([^]*)<!-- end of engines/.exec(readFileSync(PAGE, "utf8"))?.[1]?.trim().split("\n") ?? [];
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((text) => text.trim()),
  );
}

test("docs/integrate.md has every promise of the matrix, with its first versions, in the order of the scenarios", () => {
  const lines = written();
  expect(lines.map(([promise]) => promise)).toEqual(SCENARIOS.map(({ promise }) => promise));
  const versions = SCENARIOS.map(({ first }) => [first.chrome, first.firefox, first.safari, first.ios]);
  expect(lines.map((line) => line.slice(-4))).toEqual(versions);
});

test("a cell says how many runs kept the promise, and the longest time of one", () => {
  const slow = { ...ROW, run: 2, finding: { ...NONE, ms: 2_000 } };
  expect(tableOf(CLICK, [ROW, slow])).toContain("| 2 of 2, 2.0 s |");
  expect(tableOf(CLICK, [{ ...ROW, skipped: "no cache", finding: undefined as never }])).toContain("| not run ");
});

test("a promise that was broken shows, and a run that lacks a scenario makes no table", () => {
  expect(tableOf(CLICK, [ROW, { ...ROW, problems: ["1 was on the bus twice"] }])).toContain("| **1 of 2** ");
  expect(() => tableOf(SCENARIOS, [ROW])).toThrow("expected a run of outcomes in every engine");
});
