import { assert, emailAddress, jsonValue, oneof, property, string, stringMatching } from "fast-check";
import { describe, expect, test } from "vitest";
import { scrubPii, type ScrubOptions } from "../../../client/src/pii/index.ts";
import type { Json, WireEvent } from "../../../client/src/wire/index.ts";
import { createChecker } from "../../../worker/src/check/check-event.ts";
import { findPersonal } from "../../../client/src/pii/find-personal.ts";

const clean: WireEvent = {
  event_id: "session-1",
  event_type: "purchase",
  timestamp: "2026-01-01T10:00:00.123Z",
  unit_type: "user",
  unit_id: "u_1",
  request_id: "V1StGXR8_Z5jdHi6B-myT",
  surface: "home.top_picks",
  item_id: "ann@example.com",
  items: [{ item_id: "+31 6 1234 5678", position: 1 }],
  experiments: [{ experiment_id: "3f2b1c1e-93a1-4f0e-8b0a-0123456789ab", variant_id: "0f2b1c1e-93a1-4f0e-8b0a-0123456789ab" }],
  context: { policy_version_id: "10.0.0.1", app_version: "4.2.0.1", platform: "web", page: "/p/1?colour=red#top" },
  metrics: { revenue: 12.5, latency_ms: 1_767_261_600_123, token_count: 800 },
  payload: {
    ids: [4_111_111_111_111_112, "1767261600123", "1234567890123456"],
    at: "2026-01-01 10:00:05 +0100",
    none: null,
    ok: true,
  },
  seq: 1,
  sample_rate: 0.5,
};

/** What becomes of a payload. */
const payloadOf = (payload: unknown, options?: ScrubOptions): unknown =>
  scrubPii(options)({ payload } as Partial<WireEvent>)?.payload;
const valueOf = (value: unknown, options?: ScrubOptions): unknown => (payloadOf({ value }, options) as { value: unknown }).value;

test("an event without personal data stays as it is, item ids and versions too", () => {
  expect(scrubPii()(clean)).toEqual(clean);
});

test("what is given is not changed, however deep", () => {
  const event = { ...clean, payload: { list: [{ note: "ann@example.com", password: "x" }] } };
  const before = structuredClone(event);
  expect(scrubPii()(event)?.payload).toEqual({ list: [{ note: "[email]", password: "[redacted]" }] });
  expect(event).toEqual(before);
});

test("context and metrics are scrubbed like the payload; of the numbers those of telling names are left out", () => {
  const context = { page: "/reset?token=abc", user: { email: "ann@example.com" } };
  const metrics = { revenue: 3, phone: 31_612_345_678, value: 4_111_111_111_111_111 };
  expect(scrubPii()({ ...clean, context, metrics })).toMatchObject({
    context: { page: "/reset?token=[redacted]", user: { email: "[redacted]" } },
  });
  expect(scrubPii()({ ...clean, metrics })?.metrics).toEqual({ revenue: 3 });
});

test("item ids are looked into where that is asked for", () => {
  const { item_id, items } = scrubPii({ itemIds: true })(clean) ?? {};
  expect([item_id, items]).toEqual(["[email]", [{ item_id: "[phone]", position: 1 }]]);
});

describe("the unit", () => {
  test.each([["ann@example.com"], ["+31 6 1234 5678"], ["(555) 123-4567"], ["06 12 34 56 78"]])(
    "%s drops the event",
    (unit_id) => {
      expect(scrubPii()({ ...clean, unit_id })).toBeNull();
      expect(createChecker({})({ ...clean, unit_id })).toMatchObject({ ok: false, fault: { code: "pii_detected" } });
    },
  );

  test("is refused exactly where the collector refuses it", () => {
    const scrub = scrubPii();
    const written = stringMatching(/^[+(]?[\d ().@a+-]{1,24}$/);
    assert(
      property(oneof(written, emailAddress(), string()), (unit_id) => {
        expect(scrub({ unit_id }) === null).toBe(findPersonal(unit_id).length > 0);
      }),
      { numRuns: 2_000 },
    );
  });

  test("what is left passes the collector, and is left alone by a second scrub", () => {
    const payload = {
      note: "ann@example.com from 192.168.1.77",
      url: "https://x.example/?email=a%40b.nl",
      tel: "+31 6 1234 5678",
    };
    const scrubbed = scrubPii({ itemIds: true })({ ...clean, payload, metrics: { phone: 1 } });
    expect(createChecker({})({ ...scrubbed })).toMatchObject({ ok: true });
    expect(scrubPii()(scrubbed!)).toEqual(scrubbed);
  });
});

describe("fields by their names", () => {
  test.each([
    ["password"],
    ["newPassword"],
    ["user_email"],
    ["E-Mail"],
    ["billingEmailAddress"],
    ["phone2"],
    ["userIBAN"],
    ["APIKey"],
    ["x-api-key"],
    ["access_token"],
    ["Authorization"],
    ["ssn"],
    ["card_number"],
    ["dateOfBirth"],
    ["userpassword"],
    ["password_confirmation"],
    ["user.email"],
    ["CVV2"],
    ["user[first_name]"],
    ["ip"],
  ])("%s is redacted, whatever it holds", (key) => {
    for (const value of ["x", 7, ["x"], { any: "x" }]) expect(payloadOf({ [key]: value })).toEqual({ [key]: "[redacted]" });
    for (const value of [true, false, null, ""]) expect(payloadOf({ [key]: value })).toEqual({ [key]: value });
  });

  test.each([
    ["token_count"],
    ["email_opt_in"],
    ["phone_model"],
    ["iphone"],
    ["broken"],
    ["card"],
    ["zip"],
    ["name"],
    ["shipping"],
    ["42"],
    ["passenger"],
    ["tokenizer"],
    ["last_login"],
  ])("%s is not", (key) => expect(payloadOf({ [key]: "x" })).toEqual({ [key]: "x" }));

  test("more can be named, and some allowed, in any spelling", () => {
    const payload = {
      loyaltyNumber: 7,
      my_loyalty_number: 8,
      next_page_token: "abc",
      nextPageToken: { mail: "ann@example.com" },
      token: "t",
    };
    expect(payloadOf(payload, { keys: ["loyalty-number"], allow: ["next_page_token"] })).toEqual({
      ...payload,
      loyaltyNumber: "[redacted]",
      my_loyalty_number: "[redacted]",
      token: "[redacted]",
    });
  });

  test("any number of personal keys are as many keys, and none of their values is lost", () => {
    const sent = { "a@example.com": 1, "b@example.com": 2, "c@example.com": 3 };
    expect(payloadOf(sent)).toEqual({ "[email]": 1, "[email] 2": 2, "[email] 3": 3 });
  });

  test("a key that is itself personal is scrubbed, and one called __proto__ stays a key", () => {
    expect(payloadOf({ "ann@example.com": 3 })).toEqual({ "[email]": 3 });
    const parsed = JSON.parse('{"__proto__":{"note":"ann@example.com"}}') as Json;
    expect(JSON.stringify(payloadOf(parsed))).toBe('{"__proto__":{"note":"[email]"}}');
  });
});

describe("values", () => {
  test("are those that JSON would write", () => {
    const date = new Date(0);
    const url = new URL("https://x.example/?token=abc");
    expect(payloadOf({ date, url, list: [url] })).toEqual({
      date: date.toJSON(),
      url: "https://x.example/?token=[redacted]",
      list: ["https://x.example/?token=[redacted]"],
    });
  });

  test("a number of a card is taken out though it is no text", () => {
    expect(valueOf([4_111_111_111_111_111, 4_111_111_111_111_112])).toEqual(["[card]", 4_111_111_111_111_112]);
  });

  test("what holds itself throws, as JSON does, and what is there twice does not", () => {
    const loop: { [key: string]: unknown } = { list: [] };
    (loop["list"] as unknown[]).push({ loop });
    expect(() => payloadOf(loop)).toThrow(TypeError);
    const twice = { note: "ann@example.com" };
    expect(payloadOf({ a: twice, b: [twice] })).toEqual({ a: { note: "[email]" }, b: [{ note: "[email]" }] });
  });

  test("further patterns are taken out, as often as they are there, over many events", () => {
    const scrub = scrubPii({ patterns: [/emp-\d+/i, /\bx{3}\b/y] });
    const texts = ["EMP-17 and emp-18", "a xxx", "a xxx"].map((text) => scrub({ payload: { text } })?.payload?.["text"]);
    expect(texts).toEqual(["[redacted] and [redacted]", "a [redacted]", "a [redacted]"]);
  });

  test("any JSON keeps its shape, and no address of it survives, wherever it is", () => {
    const scrub = scrubPii();
    // In a URL `/@ann.smith` is a path: nothing is an address that has one of these before its sign. Two numbers behind it are a version.
    // One that ends as files do is a file's name: `hero@2x.png`. Nobody is called git, and `%20` is a space.
    const address = emailAddress()
      .map((written) => written.replace(/[^.]*$/, "example"))
      .filter((written) => !/[=&?/#]@|@\d+\.\d|%[0-7][\da-f]|(^|[^a-z])(git|hg|svn)@/i.test(written));
    // What makes a path or a file of it: `deploy@host:/srv`, `hero@dark.example.png`.
    const beside = string().filter((around) => !/^[\w-]*[:.%]/.test(around));
    assert(
      property(address, jsonValue({ maxDepth: 4 }), beside, (text, json, around) => {
        const payload = { json: json as Json, deep: [{ note: `${around} ${text}${around}` }] };
        const scrubbed = JSON.stringify(scrub({ payload }));
        expect(scrubbed).not.toContain(text);
        expect(scrubbed).not.toContain(`@${text.split("@")[1]}`);
      }),
      { numRuns: 500 },
    );
  });
});
