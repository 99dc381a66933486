import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../worker/src/lib/canonical-json.ts";
import { gunzip } from "../../worker/src/lib/gunzip.ts";
import { hash } from "../../worker/src/lib/hash.ts";
import { isTimestamp, normalTimestamp, timestampMs } from "../../worker/src/lib/timestamp.ts";
import { traceId } from "../../worker/src/lib/trace-id.ts";

describe("canonicalJson", () => {
  const reverse = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reverse);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, inner]) => [key, reverse(inner)]),
    );
  };

  test("says the same of equal values, whatever the order of their keys, and means the same as JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(canonicalJson(reverse(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("keeps a key __proto__ as a key, and cuts off what is deeper than anything that is taken", () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":2}}'))).toBe('{"__proto__":{"a":2},"b":1}');
    expect(canonicalJson(JSON.parse("[".repeat(50_000) + "]".repeat(50_000)))).toBe(`${"[".repeat(16)}"…"${"]".repeat(16)}`);
  });

  test("is hashed to 128 bits that tell unequal values apart", () => {
    expect(hash({ a: 1, b: [2] })).toMatch(/^[\da-f]{32}$/);
    expect(hash({ a: 1, b: [2] })).toBe(hash({ b: [2], a: 1 }));
    expect(new Set([hash({ a: 1 }), hash({ a: "1" }), hash([1]), hash({ a: 1, b: null }), hash(["a", 1])]).size).toBe(5);
  });
});

describe("timestamps", () => {
  test("every time that exists is known, and keeps its digits", () => {
    const date = fc.date({ noInvalidDate: true, min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z") });
    fc.assert(
      fc.property(date, fc.integer({ min: 0, max: 999_999 }), fc.constantFrom("Z", "+00:00"), (at, finer, zone) => {
        const digits = String(finer).padStart(6, "0");
        const text = at.toISOString().replace("Z", `${digits}${zone}`);
        expect(isTimestamp(text)).toBe(true);
        expect(timestampMs(text)).toBe(at.getTime());
        expect(normalTimestamp(text)).toBe(at.toISOString().replace("Z", `${digits}Z`));
        expect(timestampMs(normalTimestamp(text, 1000))).toBe(Math.max(0, at.getTime() - 1000));
      }),
    );
  });

  test.for([
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01",
    "+002026-01-01T00:00:00Z",
  ])("%s is no time", (text) => expect(isTimestamp(text)).toBe(false));
});

describe("gunzip", () => {
  const text = Buffer.from("sightline ".repeat(100));
  const packed = gzipSync(text);

  test("gives back what was packed, up to its limit", () => {
    expect(gunzip(packed, text.length)).toMatchObject({ ok: true, bytes: text });
    expect(gunzip(packed, text.length - 1)).toEqual({ ok: false, why: "too_large" });
  });

  test.for([
    ["cut off", packed.subarray(0, -3)],
    ["followed by text", Buffer.concat([packed, Buffer.from("more")])],
    ["followed by zeros", Buffer.concat([packed, Buffer.alloc(5)])],
    ["no gzip", text],
    ["empty", Buffer.alloc(0)],
  ] as const)("refuses what is %s", ([, input]) => {
    expect(gunzip(input, 10_000)).toEqual({ ok: false, why: "broken" });
  });
});

describe("traceId", () => {
  test("is the caller's, where there is one", () => {
    expect(traceId("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")).toBe("0af7651916cd43dd8448eb211c80319c");
  });
  test.for([undefined, "", "nonsense", `00-${"0".repeat(32)}-b7ad6b7169203331-01`])("is made for %j", (header) => {
    expect(traceId(header)).toMatch(/^(?!0{32})[\da-f]{32}$/);
    expect(traceId(header)).not.toBe(traceId(header));
  });
});
