import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readFrame } from "../../worker/src/formats/frame.ts";
import { takeIn } from "../../worker/src/intake/intake.ts";
import { type EnvelopeLine, PACK_MAX_BYTES, packLines, readPack } from "../../worker/src/envelope/pack.ts";
import { packInput, wireText } from "../wire/load.ts";

const header = { tenant_id: "t1", kind: "events", received_at: "2026-01-01T10:00:05.000Z" } as const;
const bytes = (text: string) => Buffer.byteLength(text);
/** Base64 of so many characters in which gzip finds nothing to repeat: the same for the same seed. */
const noise = (size: number, seed: string | number): string =>
  createHash("shake256", { outputLength: Math.ceil(size * 0.75) })
    .update(String(seed))
    .digest("base64")
    .slice(0, size);
const sized = (lines: string[]) => lines.map((line) => ({ line, bytes: bytes(line) }));

test("the golden batch makes the golden packs, byte for byte", () => {
  const { facts, batch } = packInput();
  const { taken, refused } = takeIn(readFrame(batch), facts);
  const packOf = (kind: "events" | "rejects", rows: { envelope: EnvelopeLine }[]) =>
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

test("the golden pack in gzip holds the lines of the golden pack forty times over, and the same lines make the same pack", () => {
  const golden = wireText("pack-gzip.txt");
  const once = readPack(wireText("pack.txt"));
  const lines = Array.from({ length: 40 }, () => once.lines).flat();
  expect(readPack(golden).lines).toEqual(lines);
  const { tenant_id, kind, received_at } = once.header;
  const packs = packLines(sized(lines), { tenant_id, kind, received_at });
  // The gzip itself is zlib's, and may be another with another version of it.
  expect(packs.map(({ text }) => text.split("\n")[0])).toEqual([golden.split("\n")[0]]);
  expect(readPack(packs[0]?.text ?? "").lines).toEqual(lines);
});

/** Packs as they would be if nothing were compressed: how many, at least. */
function plainPacks(lines: string[]): number {
  const most = PACK_MAX_BYTES - bytes(JSON.stringify({ v: 1, ...header, count: lines.length }));
  let room = 0;
  return lines.reduce((count, line) => {
    const size = bytes(line) + 1;
    room -= size;
    if (room >= 0) return count;
    room = most - size;
    return count + 1;
  }, 0);
}

// What shrinks to nothing; what shrinks by a quarter, and is as large as before in base64; and what is both.
const size = fc.oneof(fc.nat(200), fc.nat(40_000), fc.integer({ min: 60_000, max: 90_000 }));
const repeated = fc
  .tuple(fc.constantFrom("x", "é", "🍮", '{"a":1} '), size)
  .map(([unit, most]) => unit.repeat(most / bytes(unit)));
const random = fc.tuple(size, fc.nat()).map(([most, seed]) => noise(most, seed));
const mixed = fc.tuple(repeated, random).map(([one, other]) => one + other.slice(0, 20_000));
const line = fc.oneof(repeated, random, mixed).map((text) => JSON.stringify(text));
const alike = fc
  .tuple(line, fc.nat(500))
  .map(([text, count]) => Array.from({ length: count }, (_, i) => JSON.stringify([i, text.slice(0, 3000)])));
const batch = fc.oneof(fc.array(line, { maxLength: 40 }), alike);

test("lines come out of their packs as they went in, in no more packs than plain ones, and no pack of several is over the limit", () => {
  fc.assert(
    fc.property(batch, (lines) => {
      const packs = packLines(sized(lines), header);
      expect(packs.flatMap(({ text }) => readPack(text).lines)).toEqual(lines);
      expect(packs.length).toBeLessThanOrEqual(plainPacks(lines));
      for (const pack of packs) {
        expect(pack.bytes).toBe(bytes(pack.text));
        expect(lines.slice(pack.start, pack.start + pack.count)).toEqual(readPack(pack.text).lines);
        expect(pack.count === 1 || pack.bytes <= PACK_MAX_BYTES).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

test("a plain pack is filled to the last byte, and with one byte more it is one in gzip", () => {
  const first = "x".repeat(1000);
  const room = PACK_MAX_BYTES - bytes(JSON.stringify({ v: 1, ...header, count: 2 })) - 1 - first.length - 1;
  const packs = (second: string) =>
    packLines(sized([first, second]), header).map(({ text, bytes: total }) => ({ v: readPack(text).header.v, bytes: total }));
  expect(packs("y".repeat(room))).toEqual([{ v: 1, bytes: PACK_MAX_BYTES }]);
  expect(packs("y".repeat(room + 1))).toEqual([{ v: 2, bytes: expect.any(Number) }]);
});

test("a line that does not shrink is plain, however large", () => {
  const large = noise(80_000, "large");
  expect(packLines(sized([large]), header)).toMatchObject([{ start: 0, count: 1, text: expect.stringContaining(large) }]);
});

test("500 envelopes as the SDK's are two messages at most", () => {
  const [, ...golden] = wireText("pack.txt").split("\n");
  const lines = Array.from({ length: 500 }, (_, i) =>
    `${golden[i % golden.length]}`.replaceAll("V1StGXR8_Z5jdHi6B", noise(17, i)),
  );
  expect(packLines(sized(lines), header).length).toBeLessThanOrEqual(2);
});

test("a reader that knows version 1 alone finds as many lines as it is told, and so a newer version and no broken pack", () => {
  const lines = Array.from({ length: 100 }, (_, i) => JSON.stringify({ i, text: "x".repeat(2000) }));
  for (const { text } of packLines(sized(lines), header)) {
    const [first = "", ...rest] = text.split("\n");
    expect(JSON.parse(first)).toMatchObject({ v: 2, tenant_id: "t1", kind: "events", count: rest.length });
  }
});

test.for(["", "not json", "null", '{"v":1}', `${wireText("pack.txt")}\n{}`])("%j is no pack", (text) => {
  expect(() => readPack(text)).toThrow(/pack/);
});
