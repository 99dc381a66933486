/** A batch of version 2: several heads, and one verdict on their events. */
import type { WireBatch, WirePart, WirePartedBatch } from "@sightline/client/wire";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFrame } from "../../worker/src/formats/frame.ts";
import { takeIn, type Intake } from "../../worker/src/intake/intake.ts";
import { GOLDEN_RECEIVED_AT, invalidBatches, packInput, validBatches, validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const facts = {
  tenantId: "t1",
  keyKind: "web",
  receivedAt: GOLDEN_RECEIVED_AT,
  traceId: "0af7651916cd43dd8448eb211c80319c",
} as const;
const click = { ...validEvents().find(({ name }) => name === "click")?.event };
const { event_id: _id, ...anonymous } = click;
const take = (body: object, more: object = {}, key: object = {}) => takeIn(readFrame(body), { ...facts, ...more }, key);
const refusalOf = async (body: object, sent: object = {}) => {
  const { answer } = await inProcessCollector().post(body, sent);
  return (answer as { error: { code: string; details: Record<string, unknown> } }).error;
};

describe("a golden batch", () => {
  test.for(validBatches())(
    "$name is taken, and each envelope has the head of its event",
    async ({ batch, envelopes, errors }) => {
      const { post, taken } = inProcessCollector();
      const { answer } = await post(batch);
      const heads = taken().map(({ id, source, metadata, payload }) => [
        id,
        source,
        metadata.session_id ?? null,
        payload.unit_id,
      ]);
      expect(heads).toEqual(envelopes);
      const found = (answer as { errors: { index: number; error: string }[] }).errors;
      expect(found.map(({ index, error }) => [index, error])).toEqual(errors);
    },
  );

  test.for(invalidBatches())("$name is refused as a whole, with what was expected", async ({ batch, expected, path }) => {
    const { code, details } = await refusalOf(batch);
    expect([code, details["path"]]).toEqual([expected, path]);
    expect(details["expected"]).not.toBe("");
  });
});

/** What became of a batch, without what only its own process reads of it. */
const fates = ({ taken, refused, leftOut, derivedIds }: Intake) => ({
  taken: taken.map(({ id, type, indexes, envelope }) => ({ id, type, indexes, envelope })),
  refused,
  leftOut,
  derivedIds,
});

const heads = fc.record(
  {
    sdk: fc.constantFrom("web/1.0.0", "web/1.1.0"),
    session_id: fc.constantFrom("sess_a1b2c3d4", "sess_e5f6g7h8"),
    common: fc.constantFrom(
      { unit_id: "u_7" },
      { context: { app_version: "2", note: "to lovelace@example.org" } },
      { unit_id: "" },
      { context: { a: "\0" } },
      { experiments: [] },
    ),
  },
  { requiredKeys: [] },
);
const { unit_id: _unit, ...withoutUnit } = click;
const some = fc.oneof(
  fc.constantFrom(...validEvents().map(({ event }) => event as object)),
  fc.constantFrom(anonymous, withoutUnit, { ...click, item_id: "other" }, { ...click, item_id: "" }),
  fc.constantFrom({ ...click, timestamp: "2026-01-01T10:30:00.000Z" }, { ...click, sample_rate: 0.5, event_id: "event_half" }),
  fc.jsonValue(),
);
const events = fc.array(some, { minLength: 1, maxLength: 8 });
const circumstances = fc.record({ shedding: fc.boolean(), idempotencyKey: fc.constantFrom("order-77", "order-78") });
const sentAt = fc.option(fc.constantFrom(GOLDEN_RECEIVED_AT, "2026-01-01T11:00:05.000Z"), { nil: undefined });
const within = (sent_at: string | undefined) => (sent_at === undefined ? {} : { sent_at });
const KEY = { sample_rates: { click: 0.5 }, event_types: ["click", "exposure", "conversion"], strict_join_keys: true };

describe("events in parts", () => {
  test("of one head are what they are in a batch of version 1, wherever it is cut", () => {
    fc.assert(
      fc.property(heads, events, fc.infiniteStream(fc.boolean()), circumstances, sentAt, (head, list, cuts, more, sent_at) => {
        const parts: { events: unknown[] }[] = [];
        for (const event of list) {
          if (parts.length === 0 || cuts.next().value) parts.push({ ...head, events: [] });
          parts.at(-1)?.events.push(event);
        }
        const whole = take({ ...within(sent_at), ...head, events: list }, more, KEY);
        expect(fates(take({ v: 2, ...within(sent_at), parts }, more, KEY))).toEqual(fates(whole));
      }),
      { numRuns: 500 },
    );
  });

  test("of several heads are what each part is as a batch of its own, at their places in the whole", () => {
    const lists = fc.array(fc.tuple(heads, events), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(lists, circumstances, sentAt, (list, { shedding }, sent_at) => {
        // Copies are another test's: ids differ from part to part here.
        const parts = list.map(([head, sent], at) => ({
          ...head,
          events: sent.map((event) => {
            const isObject = typeof event === "object" && event !== null && !Array.isArray(event);
            return isObject && "event_id" in event ? { ...event, event_id: `part_${at}_${String(event.event_id)}` } : at;
          }),
        }));
        const { taken, refused, leftOut } = take({ v: 2, ...within(sent_at), parts }, { shedding }, KEY);
        const alone = parts.map((part) => take({ ...within(sent_at), ...part }, { shedding }, KEY));
        expect(taken.map(({ envelope }) => envelope.line)).toEqual(
          alone.flatMap((one) => one.taken.map(({ envelope }) => envelope.line)),
        );
        expect(refused.map(({ fault }) => fault)).toEqual(alone.flatMap((one) => one.refused.map(({ fault }) => fault)));
        expect(leftOut.map(({ id }) => id)).toEqual(alone.flatMap((one) => one.leftOut.map(({ id }) => id)));
        const places = [...taken.flatMap(({ indexes }) => indexes), ...[...refused, ...leftOut].map(({ index }) => index)];
        expect(places.toSorted((a, b) => a - b)).toEqual(parts.flatMap((part) => part.events).map((_, index) => index));
      }),
      { numRuns: 500 },
    );
  });

  test("say in the record of a refusal whose they were, and their place in the whole", async () => {
    const { post, refused } = inProcessCollector();
    const bad = { ...click, item_id: "" };
    await post({
      v: 2,
      parts: [
        { sdk: "web/1.0.0", session_id: "sess_a1b2c3d4", events: [click, { ...click, event_id: "event_02" }] },
        { sdk: "web/1.1.0", session_id: "sess_e5f6g7h8", events: [bad] },
      ],
    });
    expect(refused()).toMatchObject([
      { source: "web/1.1.0", metadata: { session_id: "sess_e5f6g7h8" }, payload: { index: 2, error: "invalid_item_id" } },
    ]);
  });

  test("that are copies of one are one, of the head of the first, that says how many there were", async () => {
    const { post, taken } = inProcessCollector();
    const parts = ["sess_a1b2c3d4", "sess_e5f6g7h8", "sess_i9j0k1l2"].map((session_id) => ({ session_id, events: [click] }));
    expect((await post({ v: 2, parts })).answer).toMatchObject({ accepted: 1, duplicates: 2, rejected: 0 });
    expect(taken()).toMatchObject([{ id: click.event_id, metadata: { session_id: "sess_a1b2c3d4", copies: 3 } }]);
  });

  test("without ids get them by an Idempotency-Key and their order in the whole, and the response has them by place", async () => {
    const sent = { headers: { "idempotency-key": "order-77" } };
    const ids = async (body: WireBatch | WirePartedBatch) => {
      const { answer } = await inProcessCollector().post(body, sent);
      return (answer as { event_ids: (string | null)[] }).event_ids;
    };
    const one = await ids({ events: [anonymous, click, anonymous] as WirePart["events"] });
    const two = await ids({ v: 2, parts: [{ events: [anonymous, click] }, { events: [anonymous] }] as WirePart[] });
    expect(two).toEqual(one);
    expect([two[1], new Set(two).size]).toEqual([null, 3]);
  });

  test("for another collector are refused each in its place", () => {
    const segment = { type: "track", messageId: "m-1" };
    const { refused } = take({ v: 2, parts: [{ events: [click] }, { events: [segment] }] });
    expect(refused).toMatchObject([{ index: 1, fault: { code: "invalid_event", message: expect.stringContaining("Segment") } }]);
  });
});

test("the golden batch, cut into a part for each event, makes the same envelopes", () => {
  const { facts: known, batch } = packInput();
  const { v: _v, sent_at, events: list, ...head } = batch;
  const parts = list.map((event) => ({ ...head, events: [event] }));
  expect(fates(takeIn(readFrame({ v: 2, sent_at, parts }), known))).toEqual(fates(takeIn(readFrame(batch), known)));
});

test("a CloudEvent in binary mode carries no parts either", async () => {
  const headers = { "ce-specversion": "1.0", "ce-id": "event_01", "ce-source": "/shop", "ce-type": "click" };
  expect(await refusalOf({ v: 2, parts: [{ events: [click] }] }, { headers })).toMatchObject({ code: "invalid_batch" });
});
