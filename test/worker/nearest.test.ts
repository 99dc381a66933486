import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkByRules } from "../../worker/src/check/check-by-rules.ts";
import { registry } from "../../worker/src/events/registry.ts";
import { nearest } from "../../worker/src/lib/nearest.ts";

test.for([
  ["clik", "click"],
  ["Click", "click"],
  ["add-to-cart", "add_to_cart"],
  ["addtocart", "add_to_cart"],
  ["purchased", "purchase"],
  ["exposures", "exposure"],
  ["page_view", undefined],
  ["x", undefined],
  ["", undefined],
  ["c".repeat(1_000_000), undefined],
] as const)("an unknown type %s is told where the types are, and the nearest: %s", ([sent, meant]) => {
  const name = sent.slice(0, 20_000);
  const checked = checkByRules({ event_type: name }, {});
  expect(nearest(sent, registry.keys())).toBe(meant);
  expect(checked).toMatchObject({
    fault: {
      code: "unknown_event_type",
      message: `event_type is not a registered type: GET /v1/schemas lists them${meant ? `; the nearest is ${meant}` : ""}`,
    },
  });
});

test("the nearest is the first of those that the fewest edits lead to, at most three, and at most one in three characters", () => {
  const word = fc.string({ unit: fc.constantFrom(..."ab_"), minLength: 1, maxLength: 14 });
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 5 }), (text, words) => {
      const edits = words.map((other) => distance(text, other));
      const least = Math.min(...edits);
      const meant = least <= Math.min(3, Math.floor(text.length / 3)) ? words[edits.indexOf(least)] : undefined;
      expect(nearest(text, words)).toBe(meant);
    }),
    { numRuns: 5_000 },
  );
});

/** Levenshtein's distance by its definition, each pair of ends once. */
function distance(a: string, b: string): number {
  const known = new Map<string, number>();
  const between = (i: number, j: number): number => {
    if (i === 0 || j === 0) return i + j;
    const at = `${i} ${j}`;
    const found = known.get(at);
    if (found !== undefined) return found;
    const replaced = between(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
    const edits = Math.min(replaced, between(i - 1, j) + 1, between(i, j - 1) + 1);
    known.set(at, edits);
    return edits;
  };
  return between(a.length, b.length);
}
