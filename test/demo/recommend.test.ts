import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../demo/shop/catalogue.ts";
import { recommend } from "../../demo/shop/recommend.ts";

describe("recommend", () => {
  it.each([
    ["home.top_picks", 4],
    ["home.carousel", 12],
    ["home.more", 8],
    ["product.similar", 4],
  ])("fills %s with %i different items at positions from 1", (surface, count) => {
    const items = recommend({ surface }) ?? [];
    expect(items.map(({ position }) => position)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(new Set(items.map(({ item_id }) => item_id)).size).toBe(count);
    for (const { propensity } of items) expect(propensity > 0 && propensity < 1).toBe(true);
  });

  it("says the propensities that it draws with", () => {
    const draws = 20_000;
    const seen = new Map<string, { n: number; propensity: number }>();
    for (let i = 0; i < draws; i++) {
      const [first] = recommend({ surface: "home.top_picks", random: () => (i + 0.5) / draws }) ?? [];
      if (!first) throw new Error("expected an item");
      const { item_id, propensity } = first;
      seen.set(item_id, { n: (seen.get(item_id)?.n ?? 0) + 1, propensity });
    }
    expect(seen.size).toBe(CATALOGUE.length);
    for (const { n, propensity } of seen.values()) expect(n / draws).toBeCloseTo(propensity, 3);
  });

  it("prefers the product's kind, and never shows the product itself", () => {
    const items = Array.from({ length: 200 }, () => recommend({ surface: "product.similar", item: "morning-mug" }) ?? []).flat();
    expect(items.map(({ item_id }) => item_id)).not.toContain("morning-mug");
    const mugs = items.filter(({ item_id }) => CATALOGUE.find(({ id }) => id === item_id)?.kind === "mug");
    expect(mugs.length / items.length).toBeGreaterThan(2 / 23);
  });

  it("knows no other surface", () => {
    expect(recommend({ surface: "nowhere" })).toBeUndefined();
  });
});
