import { array, assert, integer, property, string } from "fast-check";
import { expect, test, vi } from "vitest";
import { cutBatch, KEEPALIVE_BYTES, writeBatch } from "../../../client/src/delivery/batch.ts";
import { utf8Length } from "../../../client/src/lib/utf8-length.ts";
import type { EventRecord } from "../../../client/src/delivery/record.ts";
import { WIRE_LIMITS, type WireBatch } from "../../../client/src/wire/index.ts";

const record = (seq: number, text = "", session = "session-1", common = "{}"): EventRecord => {
  const body = JSON.stringify({ seq, payload: { text } });
  const head = `"session_id":"${session}","common":${common}`;
  return { key: ["tab", seq], head, body, size: utf8Length(body), at: 1_700_000_000_000, rank: 1 };
};
const event = (seq: number): object => ({ seq, payload: { text: "" } });
const seqs = (records: EventRecord[]): number[] => records.map(({ body }) => (JSON.parse(body) as { seq: number }).seq);

test("a batch holds at most the limit, from the front", () => {
  expect(
    seqs(
      cutBatch(
        [1, 2, 3, 4].map((seq) => record(seq)),
        3,
      ),
    ),
  ).toEqual([1, 2, 3]);
  expect(cutBatch([], 3)).toEqual([]);
});

test("events of several heads share a batch, in their order, each run of one head as a part", () => {
  const mixed = [record(1), record(2), record(3, "", "session-1", '{"unit_id":"u"}'), record(7, "", "session-2"), record(4)];
  expect(seqs(cutBatch(mixed, 50))).toEqual([1, 2, 3, 7, 4]);
  expect(seqs(cutBatch(mixed, 3))).toEqual([1, 2, 3]);
  expect(JSON.parse(writeBatch(mixed))).toEqual({
    v: 2,
    sent_at: expect.any(String),
    parts: [
      { session_id: "session-1", common: {}, events: [event(1), event(2)] },
      { session_id: "session-1", common: { unit_id: "u" }, events: [event(3)] },
      { session_id: "session-2", common: {}, events: [event(7)] },
      { session_id: "session-1", common: {}, events: [event(4)] },
    ],
  });
});

test("bytes are counted in UTF-8, and the body of a batch never exceeds the browser's budget for keepalive", () => {
  const texts = array(string({ unit: "grapheme", maxLength: 9_000 }), { minLength: 2, maxLength: 20 });
  assert(
    property(texts, integer({ min: 1, max: 3 }), (list, heads) => {
      const records = list.map((text, i) => record(i + 1, text.repeat(3), `session-${i % heads}`));
      const batch = cutBatch(records, 50);
      const bytes = utf8Length(writeBatch(batch));
      expect(batch.length === 1 || bytes <= KEEPALIVE_BYTES).toBe(true);
      const next = records[batch.length];
      const withNext = next ? utf8Length(writeBatch([...batch, next])) : Infinity;
      // The count is that of several parts, which a batch of one has not.
      expect(withNext).toBeGreaterThan(KEEPALIVE_BYTES - 20);
    }),
    { numRuns: 50 },
  );
});

test("an event that is too large for the budget goes alone", () => {
  const large = record(1, "é".repeat(KEEPALIVE_BYTES));
  expect(seqs(cutBatch([large, record(2)], 50))).toEqual([1]);
  expect(seqs(cutBatch([record(2), large], 50))).toEqual([2]);
});

test("with common merged into each event a batch stays within the wire's limit", () => {
  const common = JSON.stringify({ context: { text: "x".repeat(30_000) } });
  const batch = cutBatch(
    Array.from({ length: 50 }, (_, i) => record(i + 1, "", "session-1", common)),
    50,
  );
  expect(batch.length).toBeGreaterThan(30);
  expect(batch.length * utf8Length(common)).toBeLessThan(WIRE_LIMITS.bodyBytes);
});

test("a batch is written as the wire has it", () => {
  const common = '{"unit_type":"user","unit_id":"u_1"}';
  vi.setSystemTime("2026-01-01T10:00:05.123Z");
  const batch = JSON.parse(writeBatch([record(1, "", "session-1", common), record(2, "", "session-1", common)])) as WireBatch;
  vi.useRealTimers();
  expect(batch).toEqual({
    v: 1,
    sent_at: "2026-01-01T10:00:05.123Z",
    session_id: "session-1",
    common: { unit_type: "user", unit_id: "u_1" },
    events: [
      { seq: 1, payload: { text: "" } },
      { seq: 2, payload: { text: "" } },
    ],
  });
});
