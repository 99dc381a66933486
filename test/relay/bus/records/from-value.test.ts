import { describe, expect, test } from "vitest";
import type { BusRecord } from "../../../../relay/bus/port/bus.ts";
import { fromValue } from "../../../../relay/bus/records/from-value.ts";
import { topicName } from "../../../../relay/bus/port/topics.ts";
import { EnvelopeRecord } from "../../../../relay/bus/records/envelope-record.ts";
import { Readable } from "../../../../relay/service/decode/line.ts";
import { decode } from "../../../../relay/service/decode/decode.ts";
import { headersOf } from "../../../../relay/bus/records/headers.ts";
import { deadLetterOfLine } from "../../../../relay/service/plan/make-dead-letter.ts";
import { envelope, KEYS, pack, queued } from "../../queue.ts";

const topics = { prefix: "shop.", dlqSuffix: ".dead" };

const linesOf = (body: string) => {
  const decoded = decode(Buffer.from(body), KEYS);
  if (!("lines" in decoded)) throw new Error("expected lines");
  return decoded.lines;
};
const told = ({ value }: BusRecord) => {
  const { topic, headers } = fromValue(value, topics) ?? {};
  return { topic, headers };
};

describe("fromValue", () => {
  const [line] = linesOf(pack([envelope({ id: "event-é", event_type: "click", tenant_id: "t9" })], "t9"));
  if (!(line instanceof Readable)) throw new Error("expected an envelope");

  test("tells topic, key and headers of an envelope as it was published", () => {
    const { topic, key, headers } = new EnvelopeRecord(topicName(topics, line.kind.type), line);
    const record = { topic, key, headers };
    expect(fromValue(Buffer.from(line.line), topics)).toEqual(record);
    expect(record).toMatchObject({ topic: "shop.rec.outcome.recorded.v1", headers: { event_id: "event-é", tenant_id: "t9" } });
  });

  test("tells those of an envelope without a trace id", () => {
    const [bare] = linesOf(pack([{ ...envelope({ id: "event-01" }), trace_id: "" }]));
    if (!(bare instanceof Readable)) throw new Error("expected an envelope");
    expect(fromValue(Buffer.from(bare.line), topics)?.headers).toEqual(headersOf({ ...bare.kind, id: "event-01" }));
  });

  test.for([
    ["an envelope", "event_id_conflict", line, false],
    ["an envelope that was too large, in gzip", "record_too_large", line, true],
    ["a line that is no envelope, though it has an id", "invalid_envelope", linesOf(pack(['{"id":"x","type":"y"}']))[0], false],
    ["a line that is no JSON", "invalid_envelope", linesOf(pack(["not json"]))[0], false],
    ["a message that is no pack", "undecodable_pack", linesOf("no pack")[0], false],
  ] as const)("tells topic and headers of the dead letter of %s", ([, code, dead, packed]) => {
    if (dead === undefined) throw new Error("expected a line");
    const record = deadLetterOfLine(
      dead,
      queued("m-1", "body"),
      { code, message: "of the test", now: new Date(), packed },
      topics,
    );
    expect(told(record)).toEqual({ topic: record.topic, headers: record.headers });
    expect(record.topic).toMatch(/\.dead$/);
  });

  test.for(["", "no JSON", "null", "[]", '"type"', "{}", '{"type":1}', '{"_dlq_metadata":null}', '{"_dlq_metadata":{}}'])(
    "takes %j for nobody's",
    (value) => expect(fromValue(Buffer.from(value), topics)).toBeUndefined(),
  );
});
