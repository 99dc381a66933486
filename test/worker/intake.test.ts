import { WIRE_LIMITS } from "@sightline/client/wire";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Envelope } from "../../worker/src/envelope/envelope.ts";
import { readFrame } from "../../worker/src/formats/frame.ts";
import { takeIn } from "../../worker/src/intake/intake.ts";
import { inProcessCollector } from "./in-process-collector.ts";
import { GOLDEN_RECEIVED_AT, validEvents } from "../wire/load.ts";

const facts = {
  tenantId: "t1",
  keyKind: "web",
  receivedAt: GOLDEN_RECEIVED_AT,
  traceId: "0af7651916cd43dd8448eb211c80319c",
} as const;
const { event_id: _id, ...anonymous } = { ...validEvents().find(({ name }) => name === "conversion")?.event };
const click = (id: string, over: object = {}) => ({ ...anonymous, event_id: id, ...over });
const take = (body: object, more: object = {}) => takeIn(readFrame(body), { ...facts, ...more });
const codes = (common: object) => take({ common, events: [anonymous, anonymous] }).refused.map(({ fault }) => fault.code);
const envelopeOf = ({ envelope }: { envelope: { line: string } }) => JSON.parse(envelope.line) as Envelope;
const idOf = (body: object, more: object = {}) => take(body, more).taken[0]?.id;

describe("copies within a batch", () => {
  test("copies of one event are one envelope that says how many there were", () => {
    const { taken, refused } = take({ events: [click("event_01"), click("event_02"), click("event_01"), click("event_01")] });
    expect(taken.map((one) => [one.id, envelopeOf(one).metadata.copies, one.indexes])).toEqual([
      ["event_01", 3, [0, 2, 3]],
      ["event_02", undefined, [1]],
    ]);
    expect(refused).toEqual([]);
  });

  test("another event under the same id is refused, and the first stands", () => {
    const { taken, refused } = take({ events: [click("event_01"), click("event_01", { item_id: "other" })] });
    expect(taken).toHaveLength(1);
    expect(taken.map((one) => envelopeOf(one).payload.item_id)[0]).toBe("sku-2");
    expect(refused[0]).toMatchObject({ index: 1, fault: { code: "event_id_conflict" } });
  });

  test("a good event is taken although a bad one came before it under the same id", () => {
    const { taken, refused } = take({ events: [click("event_01", { item_id: "" }), click("event_01")] });
    expect(taken.map(({ indexes }) => indexes)).toEqual([[1]]);
    expect(refused.map(({ index, fault }) => [index, fault.code])).toEqual([[0, "invalid_item_id"]]);
  });
});

describe("ids for backends that send none", () => {
  test("the same event gets the same id, in whatever order its fields are sent and in whatever batch", () => {
    const reversed = Object.fromEntries(Object.entries(anonymous).toReversed());
    const { unit_type, unit_id, ...rest } = anonymous;
    const ids = [
      idOf(anonymous),
      idOf({ events: [anonymous] }),
      idOf({ events: [reversed] }),
      idOf({ events: [rest], common: { unit_type, unit_id }, sdk: "batch/1", sent_at: GOLDEN_RECEIVED_AT }),
    ];
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^evt_[\da-f]{32}$/);
  });

  test("another tenant's event gets another id", () => {
    expect(idOf(anonymous, { tenantId: "t2" })).not.toBe(idOf(anonymous));
  });

  test("an Idempotency-Key tells equal events of one request apart, and a resend of the request gets the same ids", () => {
    const ids = () => take({ events: [anonymous, anonymous] }, { idempotencyKey: "order-77" }).taken.map(({ id }) => id);
    expect(new Set(ids()).size).toBe(2);
    expect(ids()).toEqual(ids());
    expect(take({ events: [anonymous, anonymous] }).taken.map((one) => envelopeOf(one).metadata.copies)).toEqual([2]);
  });

  test("a part of a keyed request that is sent again alone, in another order, has the ids that its events had", () => {
    const events = ["a", "b", "c"].map((item_id) => ({ ...anonymous, item_id }));
    const ids = (list: object[], idempotencyKey = "order-77") =>
      take({ events: list }, { idempotencyKey }).taken.map(({ id }) => id);
    const [a, b, c] = ids(events);
    expect(ids([events[2] as object, events[1] as object])).toEqual([c, b]);
    expect(new Set([a, b, c, ...ids(events, "order-78")]).size).toBe(6);
    const { unit_id, ...rest } = events[1] as { unit_id?: string };
    expect(take({ common: { unit_id }, events: [rest] }, { idempotencyKey: "order-77" }).taken[0]?.id).toBe(b);
  });

  test("the response to a batch has the ids that were made, also of what is to be sent again, and a resend under them is the same", async () => {
    const headers = { "idempotency-key": "order-77" };
    const events = [anonymous, click("event_01"), anonymous];
    const made = [expect.stringMatching(/^key_/), null, expect.stringMatching(/^key_/)];
    const { answer } = await inProcessCollector().post({ events }, { headers });
    expect(answer).toEqual({ accepted: 3, rejected: 0, duplicates: 0, event_ids: made, errors: [] });
    const [first, , third] = (answer as { event_ids: string[] }).event_ids;
    const down = { sendBatch: () => Promise.reject(new Error("it is down")), metrics: async () => ({ backlogBytes: 0 }) };
    const again = await inProcessCollector({ vars: { EVENTS: down } }).post({ events }, { headers });
    const errors = (again.answer as { errors: { event_id: string }[] }).errors;
    expect(errors.map(({ event_id }) => event_id)).toEqual([first, "event_01", third]);
    expect((await inProcessCollector().post({ events: events.slice(1, 2) })).answer).not.toHaveProperty("event_ids");
  });

  test("an id that was sent is never replaced, and a derived one is not written into the payload", () => {
    expect(idOf(click("event_01"), { idempotencyKey: "order-77" })).toBe("event_01");
    expect(take(anonymous).taken.map((one) => envelopeOf(one).payload)).toEqual([anonymous]);
  });
});

describe("common", () => {
  test("is merged into each event, whose own fields win, and context key by key", () => {
    const common = { unit_type: "device", context: { platform: "web", app_version: "1" }, experiments: [] };
    const { taken } = take({
      common,
      events: [{ ...anonymous, unit_id: "own", unit_type: "user", context: { app_version: "2" } }],
    });
    expect(taken.map((one) => envelopeOf(one).payload)[0]).toMatchObject({
      unit_type: "user",
      unit_id: "own",
      context: { platform: "web", app_version: "2" },
      experiments: [],
    });
  });

  test("that no event could carry is the fault of each event", () => {
    const heavy = { context: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`k${i}`, "x".repeat(4000)])) };
    expect(codes(heavy)).toEqual(["event_too_large", "event_too_large"]);
    expect(codes({ context: { a: "\0" } })).toEqual(["invalid_string", "invalid_string"]);
    expect(codes({ unit_id: 7, context: 3 })).toEqual(["invalid_field", "invalid_field"]);
  });

  test("that makes the batch larger than 1 MiB refuses the batch", () => {
    const common = { context: { note: "x".repeat(4000) } };
    const events = Array.from({ length: 300 }, (_, i) => click(`event_${i}_`));
    expect(JSON.stringify({ common, events }).length).toBeLessThan(WIRE_LIMITS.bodyBytes);
    expect(() => take({ common, events })).toThrow(expect.objectContaining({ code: "body_too_large" }));
  });
});

test("a refused event leaves an envelope with its place and code, and none of its values", () => {
  const { refused } = take({
    events: [
      { ...anonymous, unit_id: "ada@example.org", payload: { note: "secret" }, surface: "home", request_id: "req_000001" },
    ],
  });
  expect(refused.map(envelopeOf)[0]).toMatchObject({
    id: expect.stringMatching(/^rej_[\da-f]{32}$/),
    type: "edge.event.rejected.v1",
    payload: { event_type: "conversion", surface: "home", index: 0, error: "pii_detected", path: "unit_id" },
  });
  expect(refused[0]?.envelope.line).not.toMatch(/ada@|secret|req_000001/);
});

test("a value that is no text where a type or an id is expected is refused like any other", () => {
  const hostile = { event_type: { toString: 1 }, event_id: { toString: null }, surface: [] };
  expect(take({ events: [hostile, null, [], "x"] }).refused.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
});

test("every event of a batch is taken, or a copy of one that is, or refused: each exactly once", () => {
  const some = fc.oneof(
    fc.constantFrom(anonymous, click("event_01"), click("event_02"), click("event_02", { item_id: "b" }), click("bad id")),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.array(some, { minLength: 1, maxLength: 20 }), (events) => {
      const { taken, refused } = take({ events });
      const places = [...taken.flatMap(({ indexes }) => indexes), ...refused.map(({ index }) => index)];
      expect(places.toSorted((a, b) => a - b)).toEqual(events.map((_, i) => i));
      expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length);
    }),
  );
});
