import { WIRE_LIMITS } from "@sightline/client/wire";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createChecker } from "../../worker/src/check/check-event.ts";
import { ERRORS } from "../../worker/src/errors/errors.ts";
import { mergeCommon } from "../../worker/src/lib/merge-common.ts";
import { CLOCK_TOLERANCE_MS } from "../../worker/src/lib/clock-tolerance.ts";
import { isRecord } from "../../worker/src/lib/is-record.ts";
import { GOLDEN_RECEIVED_AT, invalidEvents, validEvents } from "../wire/load.ts";

const deadline = Date.parse(GOLDEN_RECEIVED_AT) + CLOCK_TOLERANCE_MS;
const exposure = { ...validEvents().find(({ name }) => name === "exposure")?.event };
const exposureAt = (ms: number) => ({ ...exposure, timestamp: new Date(ms).toISOString() });
const withPayload = (payload: object) => ({ ...exposure, payload });
const keys = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, 1]));

function faultOf(event: Record<string, unknown>) {
  const checked = createChecker({ deadline })(event);
  return checked.ok ? undefined : checked.fault;
}

describe("the golden events", () => {
  test.for(validEvents())("$name is taken as it was sent", ({ event }) => {
    const checked = createChecker({ deadline })({ ...event });
    expect(checked).toMatchObject({ ok: true });
    expect(checked.ok && JSON.parse(checked.text)).toEqual(event);
  });

  test.for(invalidEvents().filter(({ event }) => isRecord(event)))("$name is refused: $expected", ({ event, expected, path }) => {
    expect(faultOf(event as Record<string, unknown>)).toMatchObject({ code: expected, ...(path && { path }) });
  });

  test("every code for one event is shown by a golden event, but those that take more than the event", () => {
    const shown = new Set(invalidEvents().map(({ expected }) => expected));
    const codes = Object.entries(ERRORS).filter(([, { scope }]) => scope === "event");
    expect(codes.map(([code]) => code).filter((code) => !shown.has(code as keyof typeof ERRORS))).toEqual([
      "event_id_conflict",
      "type_not_allowed",
      "shed",
      "sampled_out",
    ]);
  });
});

describe("time", () => {
  test("an event five minutes ahead is taken, one a millisecond further is not", () => {
    expect(faultOf(exposureAt(deadline))).toBeUndefined();
    expect(faultOf(exposureAt(deadline + 1))?.code).toBe("future_timestamp");
  });

  test("an event of any time is taken where sent_at tells of the sender's clock", () => {
    expect(createChecker({})({ ...exposure, timestamp: "2999-01-01T00:00:00Z" }).ok).toBe(true);
  });
});

describe("limits", () => {
  test("strings are counted in bytes, not in characters", () => {
    expect(faultOf(withPayload({ s: "é".repeat(2048) }))).toBeUndefined();
    expect(faultOf(withPayload({ s: "é".repeat(2049) }))?.code).toBe("string_too_long");
  });

  test("256 keys are taken, at whatever depth they stand, and 257 are not", () => {
    expect(faultOf(withPayload({ list: [keys(100), keys(155)] }))).toBeUndefined();
    expect(faultOf(withPayload({ list: [keys(100), keys(156)] }))).toMatchObject({ code: "too_many_keys", path: "payload" });
  });

  test("an event of exactly 32 KiB is taken, and a byte more is not", () => {
    const parts = Array.from({ length: 8 }, () => "x".repeat(4000));
    const filler = WIRE_LIMITS.eventBytes - JSON.stringify(withPayload({ parts, last: "" })).length;
    expect(faultOf(withPayload({ parts, last: "y".repeat(filler) }))).toBeUndefined();
    expect(faultOf(withPayload({ parts, last: "y".repeat(filler + 1) }))?.code).toBe("event_too_large");
  });

  test("and its size is that of what was sent, also where what was taken out of it is shorter than its mark", () => {
    const parts = Array.from({ length: 8 }, () => "a@b.co ".repeat(571));
    for (const common of [undefined, { context: { page: "a@b.co" } }]) {
      const sized = (last: string) => mergeCommon(withPayload({ parts, last }), common);
      const room = WIRE_LIMITS.eventBytes - JSON.stringify(sized("")).length;
      const check = createChecker({ common });
      const taken = check(withPayload({ parts, last: "y".repeat(room) }));
      expect(taken).toMatchObject({ ok: true, redacted: true, sentBytes: WIRE_LIMITS.eventBytes });
      expect(taken).toHaveProperty(
        "bytes",
        expect.toSatisfy((bytes: number) => bytes > WIRE_LIMITS.eventBytes),
      );
      const refused = check(withPayload({ parts, last: "y".repeat(room + 1) }));
      expect(refused).toMatchObject({ ok: false, fault: { code: "event_too_large" } });
    }
  });

  test("more members than an event of 32 KiB can have are too many bytes, and of a common each counts once", () => {
    const wide = { ...exposure, ...keys(10_000) };
    const common = { unit_id: "u_of_all", context: { a: 1 }, experiments: [] };
    for (const own of [wide, { ...wide, context: { b: 2 } }]) {
      const { length } = JSON.stringify(mergeCommon({ ...own }, common));
      expect(createChecker({ common })(own)).toMatchObject({ fault: { code: "event_too_large" }, sentBytes: length });
    }
    expect(faultOf({ ...wide, ["\0"]: 1 })?.code).toBe("invalid_string");
  });

  test("nesting that would exhaust the stack is refused like any other", () => {
    const bottomless = JSON.parse(`{"a":`.repeat(200_000) + "1" + "}".repeat(200_000)) as object;
    expect(faultOf(withPayload(bottomless))?.code).toBe("too_deep");
    expect(faultOf({ ...exposure, more: bottomless })?.code).toBe("too_deep");
  });
});

test("whatever is sent, it is taken or refused with a code for one event, and refusals repeat no value", () => {
  const field = fc.constantFrom(...Object.keys(exposure), "item_id", "payload", "metrics", "toString");
  const secret = fc.string({ minLength: 12, maxLength: 30, unit: fc.constantFrom(..."abcdef§") }).map((text) => `§§${text}`);
  const wrong = fc.oneof(fc.jsonValue(), secret, fc.dictionary(secret, secret));
  fc.assert(
    fc.property(fc.array(fc.tuple(field, wrong), { minLength: 1, maxLength: 3 }), (changes) => {
      const fault = faultOf({ ...exposure, ...Object.fromEntries(changes) });
      expect(fault === undefined || ERRORS[fault.code].scope === "event").toBe(true);
      expect(JSON.stringify(fault ?? "")).not.toContain("§");
    }),
    { numRuns: 2000 },
  );
});
