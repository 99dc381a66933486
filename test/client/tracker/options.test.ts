import { expect, test } from "vitest";
import type { TrackerOptions } from "../../../client/src/tracker/options.ts";
import { readOptions, UNIT, TRACKER_DEFAULTS } from "../../../client/src/tracker/read-options.ts";

const right: TrackerOptions = { endpoint: "https://c.example", writeKey: "wk", unit: { type: "user", id: "u" } };
const read = (options: object) => readOptions({ ...right, ...options } as TrackerOptions);

test("what is not given, or given as undefined, has its default", () => {
  const settings = read({ batchSize: undefined, viewability: { ms: 500 } });
  expect(settings).toMatchObject({ flushInterval: 10_000, batchSize: 100, consent: "granted", respectGpc: true, sampleRate: {} });
  expect(settings.maxQueue).toEqual({ events: 5000, bytes: 5_000_000, age: 7 * 24 * 3600 * 1000 });
  expect(settings.viewability).toEqual({
    threshold: 0.5,
    ms: 500,
    largeArea: 242_500,
    largeThreshold: 0.3,
    trackVisibility: false,
  });
});

test("options of one tracker change nothing for the next", () => {
  readOptions({ ...right, maxQueue: { events: 7 }, sampleRate: { click: 0.5 } });
  expect(readOptions(right)).toMatchObject(TRACKER_DEFAULTS);
});

test("an endpoint may be a path of the site's own", () => {
  expect(read({ endpoint: "/collect" }).endpoint).toBe("/collect");
});

test.each([
  [{ endpoint: "ftp://x" }, 'endpoint: expected an http(s) address or a path from /, got "ftp://x"'],
  [{ writeKey: "" }, 'writeKey: expected a key, got ""'],
  [{ unit: { type: "user" } }, `unit: expected ${UNIT}, got {"type":"user"}`],
  [{ consent: "yes" }, 'consent: expected granted, denied or pending, got "yes"'],
  [{ flushInterval: "2000" }, 'flushInterval: expected a number of ms from 0 to 2147483647, got "2000"'],
  [{ batchSize: 501 }, "batchSize: expected a number of events from 1 to 500, got 501"],
  [{ batchSize: 0 }, "batchSize: expected a number of events from 1 to 500, got 0"],
  [{ viewability: { threshold: 50 } }, "viewability.threshold: expected a number from 0 to 1, got 50"],
  [{ viewability: { ms: -1 } }, "viewability.ms: expected a number of ms from 0 to 2147483647, got -1"],
  [{ maxQueue: { bytes: Number.NaN } }, "maxQueue.bytes: expected a number of bytes from 0 to Infinity, got null"],
  [{ sampleRate: { click: 5 } }, "sampleRate.click: expected a number from 0 to 1, got 5"],
])("%o is refused with what was expected and what was got", (options, problem) => {
  expect(() => read(options)).toThrow(new TypeError(problem));
});

test("of no options at all it is said which there have to be", () => {
  expect(() => readOptions(undefined as never)).toThrow(/^endpoint: .+; writeKey: .+ got undefined$/);
});
