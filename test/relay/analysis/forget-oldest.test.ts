import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forgetOldest } from "../../../relay/analysis/forget-oldest.ts";

describe("forgetOldest", () => {
  test("keeps the newest entries, whatever others delete and put back between", () => {
    const change = fc.record({ key: fc.integer({ min: 0, max: 12 }), kind: fc.constantFrom("add", "delete", "move", "clear") });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), fc.integer({ min: 0, max: 5 }), (changes, most) => {
        const entries = new Map<number, number>();
        let model: number[] = [];
        for (const { key, kind } of changes) {
          if (kind === "clear") entries.clear();
          else if (kind !== "add") entries.delete(key);
          if (kind === "add" || kind === "move") entries.set(key, 0);
          forgetOldest(entries, most);
          if (kind === "clear") model = [];
          else if (kind !== "add") model = model.filter((one) => one !== key);
          if ((kind === "add" && !model.includes(key)) || kind === "move") model.push(key);
          model = model.slice(Math.max(0, model.length - most));
          expect([...entries.keys()]).toEqual(model);
        }
      }),
    );
  });
});
