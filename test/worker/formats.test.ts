import { describe, expect, test } from "vitest";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const { event_id: _id, ...anonymous } = { ...validEvents().find(({ name }) => name === "click")?.event };
const click = (event_id: string) => ({ ...anonymous, event_id });
const { event_type, timestamp, ...bare } = anonymous;
const cloudEvent = (id: string, more: object = {}) => ({
  specversion: "1.0",
  id,
  source: "/shop",
  type: event_type,
  time: timestamp,
  data: bare,
  ...more,
});

async function send(body: string | object, headers: Record<string, string>) {
  const { post, taken } = inProcessCollector();
  const { status, answer } = await post(typeof body === "string" ? body : JSON.stringify(body), { headers });
  return { status, answer: answer as unknown, ids: taken().map(({ id }) => id), payloads: taken().map(({ payload }) => payload) };
}

describe("a batch without a frame", () => {
  test("is a list of events", async () => {
    const { status, ids } = await send([click("event_01"), click("event_02")], {});
    expect([status, ids]).toEqual([202, ["event_01", "event_02"]]);
  });

  test.for([
    [[], 400, "empty_batch"],
    [Array(501).fill(1), 413, "too_many_events"],
  ] as const)("has the limits of one", async ([events, status, code]) => {
    expect(await send(events, {})).toMatchObject({ status, answer: { error: { code } } });
  });

  test.for(["application/x-ndjson", "application/ndjson; charset=utf-8", "application/jsonl"])(
    "is an event a line in %s, and a line that is not JSON is refused alone",
    async (type) => {
      const lines = [JSON.stringify(click("event_01")), "", "{oops", JSON.stringify(click("event_02")), ""].join("\r\n");
      const { status, answer, ids } = await send(lines, { "content-type": type });
      expect([status, ids]).toEqual([207, ["event_01", "event_02"]]);
      expect(answer).toMatchObject({
        accepted: 2,
        errors: [{ index: 1, error: "invalid_event", message: "line 3 is not JSON", retryable: false }],
      });
    },
  );
});

test.for([
  ["application/x-ndjson", "x\n".repeat(400_000)],
  ["application/cloudevents-batch+json", `[${Array(400_000).fill(0).join()}]`],
  ["application/json", `[${Array(400_000).fill(0).join()}]`],
] as const)("of too many events in %s none is looked at", { timeout: 3_000 }, async ([type, body]) => {
  expect(await send(body, { "content-type": type })).toMatchObject({
    status: 413,
    answer: { error: { code: "too_many_events", details: { events: 400_000, limit: 500 } } },
  });
});

describe("a CloudEvent", () => {
  const expected = { ...click("order-1017-line-1") };

  test("in structured mode is the event of its data, under its id, with its type and time where the data has none", async () => {
    const { status, answer, payloads } = await send(cloudEvent("order-1017-line-1"), {
      "content-type": "application/cloudevents+json; charset=utf-8",
    });
    expect([status, answer]).toEqual([202, { event_id: "order-1017-line-1", status: "accepted" }]);
    expect(payloads).toEqual([expected]);
  });

  test("in binary mode is the body, with what its headers say", async () => {
    const { status, payloads } = await send(bare, {
      "ce-specversion": "1.0",
      "ce-id": "order-1017-line-1",
      "ce-source": "/shop/caf%C3%A9",
      "ce-type": event_type ?? "",
      "ce-time": timestamp ?? "",
    });
    expect([status, payloads]).toEqual([202, [expected]]);
  });

  test("keeps what its data says of type and time", async () => {
    const sent = cloudEvent("order-1017-line-1", { type: "com.shop.clicked", time: "2026-01-02T00:00:00Z", data: anonymous });
    expect((await send(sent, { "content-type": "application/cloudevents+json" })).payloads).toEqual([expected]);
  });

  test.for([
    ["2026-01-01T12:00:00.123456789+02:00", "2026-01-01T10:00:00.123456789Z"],
    ["2025-12-31T23:30:00-10:30", "2026-01-01T10:00:00Z"],
    ["2026-01-01T10:00:00.5Z", "2026-01-01T10:00:00.5Z"],
  ] as const)("of the time %s happened at %s", async ([time, instant]) => {
    const { payloads } = await send(cloudEvent("order-1017-line-1", { time }), {
      "content-type": "application/cloudevents+json",
    });
    expect(payloads).toEqual([{ ...expected, timestamp: instant }]);
  });

  test("of a list of them that carries no event is refused alone, by its id", async () => {
    const list = [
      cloudEvent("event_01"),
      cloudEvent("event_02", { data: undefined, data_base64: "e30=" }),
      cloudEvent("event_03", { specversion: "0.3" }),
      cloudEvent("event_04", { data: { ...bare, event_id: "event_99" } }),
      cloudEvent("event_05", { id: undefined }),
      cloudEvent("event_06", { data: "text" }),
      7,
    ];
    const { status, answer, ids } = await send(list, { "content-type": "application/cloudevents-batch+json" });
    expect([status, ids]).toEqual([207, ["event_01"]]);
    expect((answer as { errors: { index: number; error: string; event_id?: string }[] }).errors).toMatchObject([
      { index: 1, event_id: "event_02", error: "invalid_event", message: expect.stringContaining("no data_base64") },
      { index: 2, event_id: "event_03", error: "invalid_field", path: "specversion", message: 'expected "1.0"' },
      { index: 3, event_id: "event_04", error: "invalid_event_id", path: "event_id" },
      { index: 4, error: "invalid_event", message: expect.stringContaining("has an id") },
      { index: 5, event_id: "event_06", error: "invalid_event", message: expect.stringContaining("expected data") },
      { index: 6, error: "invalid_event", message: "a CloudEvent is a JSON object" },
    ]);
  });

  test.for([
    ["in binary mode that carries a batch", { events: [bare] }, { "ce-specversion": "1.0", "ce-id": "event_01" }],
    ["as a batch that is no list", cloudEvent("event_01"), { "content-type": "application/cloudevents-batch+json" }],
  ] as const)("%s is refused as a whole", async ([, body, headers]) => {
    expect(await send(body, headers)).toMatchObject({ status: 400, answer: { error: { code: "invalid_batch" } } });
  });
});

describe("a payload for another collector", () => {
  const id = "1f1b7b64-61d5-4f5c-9d8a-a6f4d1f1c001";
  test.for([
    [
      "Segment",
      { type: "track", event: "Product Clicked", anonymousId: id, messageId: id, properties: {} },
      "messageId is event_id",
    ],
    ["Segment", { batch: [{ type: "track", event: "x", userId: "u_1", messageId: id }], writeKey: "k" }, "userId or anonymousId"],
    ["PostHog", { api_key: "k", event: "clicked", distinct_id: "u_1", properties: {} }, "distinct_id is unit_id"],
    ["PostHog", { api_key: "k", batch: [{ event: "clicked", properties: { distinct_id: "u_1" } }] }, "uuid is event_id"],
    ["CloudEvents", cloudEvent("event_01"), "send it as application/cloudevents+json"],
    [
      "Snowplow",
      { schema: "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", data: [{ e: "pv" }] },
      "eid is event_id",
    ],
    ["Amplitude", { api_key: "k", events: [{ event_type: "clicked", user_id: "u_1" }] }, "insert_id is event_id"],
  ] as const)("of %s is refused with what to change: %j", async ([format, body, change]) => {
    const { status, answer } = await send(body, {});
    expect([status, answer]).toMatchObject([
      400,
      { error: { code: "foreign_format", message: expect.stringContaining(change), details: { format } } },
    ]);
  });

  test.for([
    ["a list", (events: object[]) => [JSON.stringify(events), {}] as const],
    ["a batch", (events: object[]) => [JSON.stringify({ events }), {}] as const],
    [
      "lines",
      (events: object[]) =>
        [events.map((one) => JSON.stringify(one)).join("\n"), { "content-type": "application/x-ndjson" }] as const,
    ],
  ] as const)("in %s is refused alone, with what to change", async ([, write]) => {
    const posthog = { event: "clicked", properties: { distinct_id: "u_1", token: "k" } };
    const { status, answer, ids } = await send(...write([posthog, click("event_01"), cloudEvent("event_02")]));
    expect([status, ids]).toEqual([207, ["event_01"]]);
    expect(answer).toMatchObject({
      errors: [
        { index: 0, error: "invalid_event", message: expect.stringContaining("event is event_type") },
        { index: 2, error: "invalid_event", message: expect.stringContaining("application/cloudevents-batch+json") },
      ],
    });
  });

  test("is not seen in an event of ours that has one of its fields, which is named", async () => {
    expect(await send({ ...click("event_01"), messageId: id }, {})).toMatchObject({
      answer: { error: { code: "unknown_field", details: { path: "messageId" } } },
    });
  });
});
