import { crc32c, Reader, readRecordsBatch } from "@platformatic/kafka";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BusRecord } from "../../../../../../relay/bus/port/bus.ts";
import { EnvelopeRecord, valueSize } from "../../../../../../relay/bus/records/envelope-record.ts";
import { partitionOf } from "../../../../../../relay/bus/adapters/kafka/wire/partition.ts";
import { decode } from "../../../../../../relay/service/decode/decode.ts";
import type { Readable } from "../../../../../../relay/service/decode/line.ts";
import { createKeys } from "../../../../../../relay/state/keys.ts";
import { type Given, envelope, pack } from "../../../../queue.ts";
import { encodeRecordBatch } from "../../../../../../relay/bus/adapters/kafka/wire/record-batch.ts";

const options = { transactional: true, producerId: 4_294_967_297n, producerEpoch: 7, sequence: 41, timestamp: 1_767_225_600_123 };
const anyRecord = fc.record({
  topic: fc.constant("t"),
  key: fc.string({ minLength: 1, unit: "binary" }),
  value: fc.uint8Array({ maxLength: 20_000, size: "max" }).map((bytes) => Buffer.from(bytes)),
  headers: fc.dictionary(
    fc.oneof(fc.constantFrom("event_id", "tenant_id", "traceparent"), fc.string()),
    fc.string({ unit: "binary" }),
  ),
});

/** What a client reads of a batch. */
const read = (bytes: Buffer) => {
  const { records, ...batch } = readRecordsBatch(Reader.from(bytes));
  return {
    ...batch,
    records: records.map(({ key, value, headers, offsetDelta, timestampDelta }) => ({
      key: String(key),
      value: Buffer.from(value ?? []).toString("hex"),
      headers: headers.map(([name, text]) => [String(name), String(text)]),
      offsetDelta,
      timestampDelta,
    })),
  };
};
const expected = (records: BusRecord[]) =>
  records.map(({ key, value, headers }, offsetDelta) => ({
    key: Buffer.from(key).toString(),
    value: value.toString("hex"),
    headers: Object.entries(headers).map(([name, text]) => [Buffer.from(name).toString(), Buffer.from(text).toString()]),
    offsetDelta,
    timestampDelta: 0n,
  }));

describe("encodeRecordBatch", () => {
  test.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)(
    "what is written with %s is read as it was, by the client's own reader",
    (compression) => {
      fc.assert(
        fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 200 }), (records) => {
          const bytes = encodeRecordBatch(records, { ...options, compression });
          const batch = read(bytes);
          expect(batch.records).toEqual(expected(records));
          expect(batch).toMatchObject({
            firstOffset: 0n,
            length: bytes.length - 12,
            magic: 2,
            lastOffsetDelta: records.length - 1,
            firstTimestamp: 1_767_225_600_123n,
            maxTimestamp: 1_767_225_600_123n,
            producerId: 4_294_967_297n,
            producerEpoch: 7,
            firstSequence: 41,
          });
          expect(batch.attributes & 0b10_000).toBe(0b10_000);
          expect(batch.crc).toBe(crc32c(bytes.subarray(21)));
        }),
        { numRuns: compression === "none" ? 200 : 30 },
      );
    },
  );

  test("headers whose values never repeat are forgotten, and written all the same", () => {
    const many = Array.from({ length: 3_000 }, (_, i) => ({
      topic: "t",
      key: "k",
      value: Buffer.from("v"),
      headers: { schema: `s${i}` },
    }));
    expect(read(encodeRecordBatch(many, { ...options, compression: "none" })).records).toEqual(expected(many));
  });

  test("an envelope's own bytes come to the same batch as its key, its value and its headers do, in the same partition", () => {
    const texts = fc.string({ minLength: 1, maxLength: 40, unit: fc.constantFrom("a", "7", "-", "é", "😀", '"', "\\") });
    const given = fc.record({
      id: texts,
      partition_key: texts,
      request_id: texts,
      event_type: fc.constantFrom("exposure", "click"),
    });
    fc.assert(
      fc.property(fc.array(given, { minLength: 1, maxLength: 20 }), fc.nat({ max: 999 }), (all, nth) => {
        const decoded = decode(Buffer.from(pack(all.map((one) => envelope(one as Given)))), createKeys(`${nth}`, 2));
        if (!("lines" in decoded)) throw new Error("expected lines");
        const own = decoded.lines.map((line) => new EnvelopeRecord("t", line as Readable));
        const plain = own.map(({ topic, key, value, headers }): BusRecord => ({ topic, key, value, headers }));
        expect(plain.map(({ key, headers }) => ({ id: headers["event_id"], partition_key: key }))).toEqual(
          all.map(({ id, partition_key }) => ({ id, partition_key })),
        );
        const how = { ...options, compression: "none" } as const;
        expect(encodeRecordBatch(own, how).equals(encodeRecordBatch(plain, how))).toBe(true);
        expect(own.map((record) => partitionOf(record, 97))).toEqual(plain.map((record) => partitionOf(record, 97)));
        expect(own.map(valueSize)).toEqual(plain.map(valueSize));
      }),
      { numRuns: 300 },
    );
  });
});
