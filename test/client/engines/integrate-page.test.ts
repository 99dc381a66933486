import { expect, test } from "vitest";
import { tableOf } from "./integrate-page.ts";
import type { Row } from "./run-matrix.ts";
import { SCENARIOS } from "./scenarios/all.ts";

const NONE = { expected: 1, delivered: 1, doubled: 0, copies: 0, ms: 1_234, problems: [] };
const ROW: Row = { engine: "firefox", version: "Firefox 1", scenario: "click", run: 1, finding: NONE, problems: [] };
const CLICK = SCENARIOS.filter(({ name }) => name === "click");

test("a cell says how many runs kept the promise, and the longest time of one", () => {
  const slow = { ...ROW, run: 2, finding: { ...NONE, ms: 2_000 } };
  expect(tableOf(CLICK, [ROW, slow])).toContain("| 2 of 2, 2.0 s |");
  expect(tableOf(CLICK, [{ ...ROW, skipped: "no cache", finding: undefined as never }])).toContain("| not run ");
});

test("no table is written of a run that broke a promise, or that lacks a scenario", () => {
  expect(() => tableOf(CLICK, [{ ...ROW, problems: ["1 was on the bus twice"] }])).toThrow("1 was on the bus twice");
  expect(() => tableOf(SCENARIOS, [ROW])).toThrow("expected a run of outcomes in every engine");
});
