import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deadLetterRecord, type DlqMetadata, originalOf } from "../../../../relay/bus/records/dead-letter-record.ts";

const metadata: DlqMetadata = {
  original_channel: "rec.exposure.recorded.v1",
  error_type: "conflict",
  error_code: "event_id_conflict",
  error_message: "another event was published under the same event_id",
  details: { deliveries: 2 },
  failed_at: "2026-01-01T10:00:00.000Z",
  retry_count: 0,
  first_seen_at: "2026-01-01T09:00:00.000Z",
  trace_id: "0af7651916cd43dd8448eb211c80319c",
};
const record = { key: "request-1", headers: { event_id: "event-01", "content-type": "application/json" } };
const valueOf = (original: string) => JSON.parse(String(deadLetterRecord("t.dlq", original, record, metadata).value));

describe("deadLetterRecord", () => {
  test("keeps topic, key and headers", () => {
    expect(deadLetterRecord("t.dlq", "{}", record, metadata)).toMatchObject({ topic: "t.dlq", ...record });
  });

  test("keeps the fields of a JSON object and puts what is known of the failure beside them", () => {
    expect(valueOf('{"id":"event-01","payload":{"é":1}}')).toEqual({
      id: "event-01",
      payload: { é: 1 },
      _dlq_metadata: metadata,
    });
  });

  test.for(["not json", "[1,2]", "null", '"text"', "", "\u0000\ud83d\ude00"])(
    "keeps %j, which is no object, as bytes",
    (original) => {
      expect(valueOf(original)).toEqual({
        _dlq_original_base64: Buffer.from(original).toString("base64"),
        _dlq_metadata: metadata,
      });
    },
  );

  test.for([
    '{"id":"event-01","payload":{"b":1,"10":2,"2":3}}',
    '{"big":12345678901234567890,"one":1.0,"exp":1E2}',
    '{ "spaced" : "\\u00e9 \\"_dlq_metadata\\":" }',
    "{ }",
    '{"a":1,"a":2}',
    '{"_dlq_metadata":"of an earlier life"}',
    '{"a":1}\n',
    "[1,2]",
    "not json",
    "",
  ])("gives back %j byte for byte", (original) => {
    expect(originalOf(String(deadLetterRecord("t.dlq", original, record, metadata).value))).toEqual({ original, metadata });
    expect(originalOf(String(deadLetterRecord("t.dlq", original, record, metadata, true).value))).toEqual({ original, metadata });
  });

  test("gives back whatever went in, with whatever metadata", () => {
    const text = fc.oneof(
      fc.json(),
      fc.string({ unit: "grapheme" }),
      fc.dictionary(fc.string(), fc.jsonValue()).map((x) => JSON.stringify(x)),
    );
    fc.assert(
      fc.property(text, fc.string(), (original, error_message) => {
        const given = { ...metadata, error_message };
        expect(originalOf(String(deadLetterRecord("t.dlq", original, record, given).value))).toEqual({
          original,
          metadata: given,
        });
      }),
    );
  });

  test.for(["not json", "{}", '{"_dlq_metadata":1}', "[]"])("takes %j for no dead letter", (value) => {
    expect(() => originalOf(value)).toThrow("expected a dead letter");
  });
});
