import { describe, expect, test } from "vitest";
import { createBodyBudget } from "../../worker/src/body/body-budget.ts";

const KIB = 1024;
const refused = { code: "bodies_pending", details: { limit_bytes: 1024 * KIB } };

describe("what unfinished bodies may hold", () => {
  test("is bounded, and what one held is there again when it is over", () => {
    const budget = createBodyBudget(1024 * KIB);
    const holds = Array.from({ length: 16 }, () => budget.open());
    for (const hold of holds) hold.add(64 * KIB);
    const next = budget.open();
    expect(() => next.add(1)).toThrow(expect.objectContaining(refused));
    next.release();
    holds[0]?.release();
    expect(() => budget.open().add(64 * KIB)).not.toThrow();
  });

  test("is a half of it for large ones, so that they keep no small one out", () => {
    const budget = createBodyBudget(1024 * KIB);
    const large = budget.open();
    for (let i = 0; i < 8; i++) large.add(64 * KIB);
    expect(() => budget.open().add(65 * KIB)).toThrow(expect.objectContaining(refused));
    const grown = budget.open();
    grown.add(64 * KIB);
    expect(() => grown.add(1)).toThrow(expect.objectContaining(refused));
    expect(() => budget.open().add(64 * KIB)).not.toThrow();
  });
});
