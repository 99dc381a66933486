import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonLine } from "../../../relay/cli/lib/json-line.ts";
import { printable, printableLines } from "../../../relay/lib/printable.ts";

/** What a terminal obeys, or what makes a line read as another: C0, DEL, C1, and the controls of direction. */
const OBEYED = ["\u0007", "\u001B", "\u007F", "\u0085", "\u009B", "\u2028", "\u061C", "\u200E", "\u202E", "\u2066", "\u2069"];

describe("what comes from a sender is printed so that no terminal obeys it", () => {
  test.for(OBEYED)("%j", (character) => {
    expect(printable(`a${character}b`)).toMatch(/^a\\u[0-9a-f]{4}b$/);
    expect(jsonLine({ a: character })).toMatch(/^\{"a":"(\\u[0-9a-f]{4}|\\[bfnrt])"\}\n$/);
  });

  test("as JSON it is the same value to whoever reads it, on one line", () => {
    const odd = fc.string({ unit: fc.oneof(fc.constantFrom(...OBEYED, "\n", '"', "\\"), fc.string({ maxLength: 1 })) });
    fc.assert(
      fc.property(fc.dictionary(odd, fc.oneof(odd, fc.jsonValue())), (value) => {
        const line = jsonLine(value);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(line.indexOf("\n")).toBe(line.length - 1);
      }),
    );
  });

  test("lines stay lines", () => {
    expect(printableLines("a\n\u009Bb")).toBe("a\n\\u009bb\n");
  });
});
