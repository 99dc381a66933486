import { expect, test } from "vitest";
import { readOptions, UNIT, TRACKER_DEFAULTS, type TrackerOptions } from "../../../client/src/tracker/options.ts";

const right: TrackerOptions = { endpoint: "https://c.example", writeKey: "wk", unit: { type: "user", id: "u" } };
const read = (options: object) => readOptions({ ...right, ...options } as TrackerOptions);

test("what is not given, or given as undefined, has its default", () => {
  const settings = read({ batchSize: undefined, viewability: { ms: 500 } });
  expect(settings).toMatchObject({ flushInterval: 2000, batchSize: 50, consent: "granted", respectGpc: true, sampleRate: {} });
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
  [{ endpoint: "ftp://x" }, 'endpoint: an http(s) address or a path from / was expected, got "ftp://x"'],
  [{ writeKey: "" }, 'writeKey: a key was expected, got ""'],
  [{ unit: { type: "user" } }, `unit: ${UNIT} was expected, got {"type":"user"}`],
  [{ consent: "yes" }, 'consent: granted, denied or pending was expected, got "yes"'],
  [{ flushInterval: "2000" }, 'flushInterval: a number from 0 to Infinity was expected, got "2000"'],
  [{ batchSize: 501 }, "batchSize: a number from 0 to 500 was expected, got 501"],
  [{ viewability: { threshold: 50 } }, "viewability.threshold: a number from 0 to 1 was expected, got 50"],
  [{ viewability: { ms: -1 } }, "viewability.ms: a number from 0 to Infinity was expected, got -1"],
  [{ maxQueue: { bytes: Number.NaN } }, "maxQueue.bytes: a number from 0 to Infinity was expected, got null"],
])("%o is refused with what was expected and what was got", (options, problem) => {
  expect(() => read(options)).toThrow(new TypeError(problem));
});

test("of no options at all it is said which there have to be", () => {
  expect(() => readOptions(undefined as never)).toThrow(/^endpoint: .+; writeKey: .+ got undefined$/);
});
