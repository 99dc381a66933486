import { expect, test } from "vitest";
import { readOptions, TRACKER_DEFAULTS, type TrackerOptions } from "../../client/src/options.ts";

const right: TrackerOptions = { endpoint: "https://c.example", writeKey: "wk", unit: { type: "user", id: "u" } };
const problems = (options: object): string[] => readOptions({ ...right, ...options } as TrackerOptions).problems;

test("what is not given, or given as undefined, has its default", () => {
  const { settings, problems: none } = readOptions({ ...right, batchSize: undefined, viewability: { ms: 500 } });
  expect(none).toEqual([]);
  expect(settings).toMatchObject({ flushInterval: 2000, batchSize: 50, maxQueue: { events: 5000, age: 7 * 24 * 3600 * 1000 } });
  expect(settings.viewability).toEqual({ threshold: 0.5, ms: 500, largeArea: 242_500, largeThreshold: 0.3 });
});

test("the defaults cannot be changed", () => {
  expect(Object.isFrozen(TRACKER_DEFAULTS)).toBe(true);
  expect(Object.isFrozen(TRACKER_DEFAULTS.viewability)).toBe(true);
});

test("an endpoint may be a path of the site's own", () => {
  expect(problems({ endpoint: "/collect" })).toEqual([]);
});

test.each([
  [{ endpoint: "ftp://x" }, 'endpoint: an http(s) address or a path from / was expected, got "ftp://x"'],
  [{ writeKey: "" }, 'writeKey: a key was expected, got ""'],
  [{ unit: { type: "user" } }, 'unit: { type, id } of two strings was expected, got {"type":"user"}'],
  [{ flushInterval: "2000" }, 'flushInterval: a number of milliseconds above 0 was expected, got "2000"'],
  [{ batchSize: 501 }, "batchSize: a whole number from 1 to 500 was expected, got 501"],
  [{ batchSize: 1.5 }, "batchSize: a whole number from 1 to 500 was expected, got 1.5"],
  [{ viewability: { threshold: 50 } }, "viewability.threshold: a number above 0, at most 1 was expected, got 50"],
  [{ viewability: { ms: -1 } }, "viewability.ms: a number of milliseconds above 0 was expected, got -1"],
  [{ maxQueue: { events: 0 } }, "maxQueue.events: a whole number from 1 to 1000000 was expected, got 0"],
  [{ experiments: "e" }, 'experiments: a list of { experimentId, variantId } was expected, got "e"'],
])("%o is refused with what was expected and what was got", (options, problem) => {
  expect(problems(options)).toEqual([problem]);
});

test("no options at all are refused, not thrown at", () => {
  expect(readOptions(undefined as never).problems).toHaveLength(3);
});
