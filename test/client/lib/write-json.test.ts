import { expect, test } from "vitest";
import { EXACT, writeJson } from "../../../client/src/lib/write-json.ts";

test("a number that JSON does not carry exactly is named by its field, wherever it is", () => {
  for (const bad of [-0, Number.NaN, Infinity, Number("1234567890123456789")]) {
    expect(() => writeJson({ a: [{ deep: { field: bad } }] })).toThrow(new RangeError(`field: ${EXACT}`));
    expect(() => writeJson({ list: [1, bad] })).toThrow(new RangeError(`1: ${EXACT}`));
    expect(() => writeJson({ own: { toJSON: () => bad } })).toThrow(new RangeError(`own: ${EXACT}`));
  }
});

test("what JSON carries is written as JSON does", () => {
  const value = { a: 1e300, b: 2 ** 53 - 1, c: null, d: undefined, e: new Date(0), f: [true, "x", 0.1], toJSON: 1 };
  expect(writeJson(value)).toBe(JSON.stringify(value));
});

test("a circle is JSON's own error, and is not followed", () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  expect(() => writeJson(circle)).toThrow(TypeError);
});
