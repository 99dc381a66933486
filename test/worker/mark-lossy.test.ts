import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markLossy } from "../../worker/src/lib/mark-lossy.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const LOST = [
  ..."1234567890123456789 -1234567890123456789 9007199254740993 10000000000000000001 0.1234567890123456789012 12345678.901234567890123".split(
    " ",
  ),
  ..."1e-400 -1e-400 4.9e-325 1e400 1e999 -1e309 1.7976931348623159e308 -0 -0.0 -0e7 -0.000e-500 -0E0".split(" "),
  `1${"0".repeat(400)}`,
];
const KEPT = [
  ..."0 0.0 0e999 1 -1 1.0 1e3 1E+3 0.10 -0.5 -0.05 1e-7 1e21 1e300 5e-324 100e100 0.1 0.3 9007199254740993e-1000"
    .split(" ")
    .slice(0, -1),
  ..."123456789012345680000 1234567890123456800 9007199254740992 0.30000000000000004 1.7976931348623157e308 2.50000000000000000000".split(
    " ",
  ),
  ..."1000000000000000000000 0.000000000000000000000000012 1.000000000000000000000000e-100".split(" "),
];

describe("a number", () => {
  test.for(LOST)("%s, which would be written with another value, is marked wherever it stands", (number) => {
    for (const [before, after] of [
      ["[", "]"],
      ["[0,", ",0]"],
      ['{"a":', "}"],
      ['{"a": ', " }"],
      [String.raw`{"a\\\"":`, ',"b":1}'],
    ]) {
      expect(markLossy(`${before}${number}${after}`)).toBe(`${before}1e999${after}`);
    }
  });

  test.for(KEPT)("%s, whose value survives whatever its spelling, is left", (number) => {
    for (const [before, after] of [
      ["[", "]"],
      ["[0,", ",0]"],
      ['{"a":', "}"],
    ]) {
      expect(markLossy(`${before}${number}${after}`)).toBe(`${before}${number}${after}`);
    }
  });

  test.for(["01234567890123456789", "1.2.3.4.5.6.7.8.9.0", "12345678901234567-8", "1234567890123456.", "-00", "1e1000e1000"])(
    "%s is none, and is left for JSON.parse to refuse",
    (text) => {
      expect(() => void JSON.parse(markLossy(`[${text}]`))).toThrow(SyntaxError);
    },
  );

  test("within a text is no number", () => {
    for (const text of [...LOST.map((number) => `, ${number} `), 'a":-0', "\\", '\\"[-0', "[1234567890123456789]"]) {
      const json = JSON.stringify({ [text]: [text, 1, { text }] });
      expect(markLossy(json)).toBe(json);
      expect(JSON.parse(markLossy(`[${json},-0,${json}]`))).toEqual([JSON.parse(json), Infinity, JSON.parse(json)]);
    }
  });

  test("that a double holds is never marked, and one that changes always is: any number, in any place of any JSON", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 25 });
    const number = fc
      .tuple(fc.boolean(), digits, fc.option(digits), fc.option(fc.integer({ min: -400, max: 400 })))
      .map(([minus, whole, part, power]) => {
        const start = whole.replace(/^0+(?=.)/, "");
        return `${minus ? "-" : ""}${start}${part === null ? "" : `.${part}`}${power === null ? "" : `e${power}`}`;
      });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(number, fc.json(), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), { minLength: 1 }),
        (parts) => {
          const numbers = (list: readonly unknown[]) => list.filter((_, i) => /^[-\d]/.test(parts[i] ?? ""));
          const read = JSON.parse(markLossy(`[${parts.join()}]`)) as unknown[];
          const expected = parts.map((part) => (sameValue(part) ? (JSON.parse(part) as unknown) : Infinity));
          expect(numbers(read)).toEqual(numbers(expected));
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

/** Whether a number is written as what it says, reckoned in whole numbers of any size. */
function sameValue(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value) || Object.is(value, -0)) return false;
  const [a, b] = [text, JSON.stringify(value)].map((number) => {
    const [mantissa = "", power = "0"] = number.toLowerCase().split("e");
    const [whole = "", part = ""] = mantissa.split(".");
    return { digits: BigInt(whole + part), power: Number(power) - part.length };
  });
  if (a === undefined || b === undefined) return false;
  const least = Math.min(a.power, b.power);
  return a.digits * 10n ** BigInt(a.power - least) === b.digits * 10n ** BigInt(b.power - least);
}

const event = (id: string, payload: string) =>
  `{"event_id":"${id}","event_type":"click","timestamp":"2026-01-01T10:00:00Z","unit_type":"user","unit_id":"u_1","item_id":"sku","payload":${payload}}`;

test("two orders that differ in their 19th digit are both refused, with the place, and the others of their batch are taken", async () => {
  const { post } = inProcessCollector();
  const [one, two, text] = ['{"order":1234567890123456781}', '{"order":1234567890123456782}', '{"order":"1234567890123456781"}'];
  const { status, answer } = await post(
    `{"events":[${event("order-001", one)},${event("order-002", two)},${event("order-003", text)}]}`,
  );
  const error = { error: "number_out_of_range", path: "payload.order", message: expect.stringContaining("send it as a string") };
  expect([status, answer]).toEqual([
    207,
    {
      accepted: 1,
      rejected: 2,
      duplicates: 0,
      errors: [
        { index: 0, event_id: "order-001", retryable: false, ...error },
        { index: 1, event_id: "order-002", retryable: false, ...error },
      ],
    },
  ]);
});

test.for(["context", "metrics", "payload", "seq", "position", "items", "sample_rate", "experiments"])(
  "a number that changes is refused in %s of an event, and in the batch's common",
  async (field) => {
    const { post } = inProcessCollector();
    const value =
      field === "items"
        ? '[{"item_id":"a","position":1,"score":1e-400}]'
        : /^(context|metrics|payload)$/.test(field)
          ? '{"n":-0}'
          : "12345678901234567890";
    const rest = '"event_type":"click","timestamp":"2026-01-01T10:00:00Z","unit_type":"user","unit_id":"u_1","item_id":"sku"';
    const { answer } = await post(`{${rest},"${field}":${value}}`);
    expect(answer).toMatchObject({
      error: { code: "number_out_of_range", details: { path: expect.stringMatching(`^${field}`) } },
    });
    if (field !== "context" && field !== "experiments") return;
    const batch = await post(`{"common":{"${field}":${value}},"events":[{${rest}}]}`);
    expect(batch.answer).toMatchObject({ errors: [{ error: "number_out_of_range" }] });
  },
);
