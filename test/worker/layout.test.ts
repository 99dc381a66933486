import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostShards, readLayouts, shardOf, type Layout } from "../../worker/src/out/layout.ts";

const layoutsOf = (text: string): Layout[] => {
  const layouts = readLayouts(text);
  if (!layouts) throw new Error(`expected layouts, got ${text}`);
  return layouts;
};
const at = (text: string): number => Date.parse(text);
const SWITCH = "2026-12-01T12:00:00Z";

describe("SHARDS", () => {
  test("is numbers of shards, each but the first from a time on", () => {
    expect(readLayouts(` 1  4@${SWITCH} 3@2027-01-01T00:00:00.500Z `)).toEqual([
      { from: -Infinity, shards: 1 },
      { from: at(SWITCH), shards: 4 },
      { from: at("2027-01-01T00:00:00.500Z"), shards: 3 },
    ]);
    expect(mostShards(layoutsOf(`2 4@${SWITCH} 3@2027-01-01T00:00:00Z`))).toBe(4);
  });

  test.for([
    ["nothing", ""],
    ["no number", "four"],
    ["no shard", "0"],
    ["more than a thousand", "1001"],
    ["a first number with a time", `4@${SWITCH}`],
    ["a second one without", "1 4"],
    ["a day without its time", "1 4@2026-12-01"],
    ["a time that is no UTC", "1 4@2026-12-01T12:00:00+02:00"],
    ["a day that does not exist", "1 4@2026-02-30T12:00:00Z"],
    ["times that go back", `1 4@${SWITCH} 5@2026-11-30T12:00:00Z`],
    ["one time twice", `1 4@${SWITCH} 5@${SWITCH}`],
    ["commas", `1,4@${SWITCH}`],
  ] as const)("is not %s", ([, text]) => expect(readLayouts(text)).toBeUndefined());
});

describe("an event's shard", () => {
  test("goes by its own time: before a change by the old number, from then on by the new one", () => {
    const layouts = layoutsOf(`1 4@${SWITCH}`);
    const shardsAt = (time: string) =>
      new Set(Array.from({ length: 200 }, (_, n) => shardOf({ partitionKey: `request_${n}`, at: at(time) }, layouts)));
    expect(shardsAt("2026-12-01T11:59:59.999Z")).toEqual(new Set([0]));
    expect(shardsAt("2026-12-01T12:00:00.000Z")).toEqual(new Set([0, 1, 2, 3]));
  });

  test("is the same before and after a change was announced, whatever it is, unless the event lies after it", () => {
    const time = fc.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2030-01-01T00:00:00Z") });
    const known = fc.uniqueArray(fc.record({ from: time, shards: fc.integer({ min: 1, max: 50 }) }), {
      selector: ({ from }) => from,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), known, fc.string(), time, (first, later, partitionKey, when) => {
        const all = [{ from: -Infinity, shards: first }, ...later.toSorted((a, b) => a.from - b.from)];
        const announced = shardOf({ partitionKey, at: when }, all);
        const before = all.filter(({ from }) => from <= when);
        expect(shardOf({ partitionKey, at: when }, before)).toBe(announced);
        expect(announced).toBeLessThan(mostShards(all));
      }),
    );
  });

  test("keeps the shards about equally full", () => {
    const layouts = layoutsOf("4");
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 10_000; n++) counts[shardOf({ partitionKey: `session-${n}-request`, at: 0 }, layouts)]!++;
    for (const count of counts) expect(Math.abs(count - 2_500)).toBeLessThan(250);
  });
});
