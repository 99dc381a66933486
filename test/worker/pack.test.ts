import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readFrame } from "../../worker/src/frame.ts";
import { takeIn } from "../../worker/src/intake.ts";
import { type Line, PACK_MAX_BYTES, packLines, readPack } from "../../worker/src/pack.ts";
import { packInput, wireText } from "../wire/load.ts";

const header = { tenant_id: "t1", kind: "events", received_at: "2026-01-01T10:00:05.000Z" } as const;
const bytes = (text: string) => Buffer.byteLength(text);
const sized = (lines: string[]) => lines.map((line) => ({ line, bytes: bytes(line) }));

test("the golden batch makes the golden packs, byte for byte", () => {
  const { facts, batch } = packInput();
  const { taken, refused } = takeIn(readFrame(batch), facts);
  const packOf = (kind: "events" | "rejects", rows: { envelope: Line }[]) =>
    packLines(
      rows.map(({ envelope }) => envelope),
      { tenant_id: facts.tenantId, kind, received_at: facts.receivedAt },
    ).map(({ text }) => text);
  expect(packOf("events", taken)).toEqual([wireText("pack.txt")]);
  expect(packOf("rejects", refused)).toEqual([wireText("pack-rejects.txt")]);
});

test("a golden pack is read back to its header and its lines", () => {
  const { header: read, lines } = readPack(wireText("pack.txt"));
  expect(read).toEqual({ v: 1, tenant_id: "demo", kind: "events", received_at: "2026-01-01T10:00:05.000Z", count: 3 });
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([
    "sess_a1b2c3d4-1",
    "sess_a1b2c3d4-2",
    "evt_749050cc5228aa9021d19ee25258bdbd",
  ]);
});

test("lines come out of their packs as they went in, and no pack of several is over the limit", () => {
  const line = fc
    .tuple(fc.constantFrom("x", "é", "🍮"), fc.oneof(fc.nat(200), fc.nat(40_000)))
    .map(([unit, size]) => JSON.stringify(unit.repeat(size / bytes(unit))));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      const packs = packLines(sized(lines), header);
      expect(packs.flatMap(({ text }) => readPack(text).lines)).toEqual(lines);
      for (const pack of packs) {
        expect(pack.bytes).toBe(bytes(pack.text));
        expect(lines.slice(pack.start, pack.start + pack.count)).toEqual(readPack(pack.text).lines);
        expect(pack.count === 1 || pack.bytes <= PACK_MAX_BYTES).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

test("a pack is filled to the last byte, and one byte more opens another", () => {
  const first = "x".repeat(1000);
  const room = PACK_MAX_BYTES - bytes(JSON.stringify({ v: 1, ...header, count: 2 })) - 1 - first.length - 1;
  expect(packLines(sized([first, "y".repeat(room)]), header).map(({ bytes: size }) => size)).toEqual([PACK_MAX_BYTES]);
  expect(packLines(sized([first, "y".repeat(room + 1)]), header)).toHaveLength(2);
});

test.for(["", "not json", "null", '{"v":1}', `${wireText("pack.txt")}\n{}`])("%j is no pack", (text) => {
  expect(() => readPack(text)).toThrow(/pack/);
});
