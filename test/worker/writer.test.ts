/** The writers of events against the rules that they stand in for: schema, scan and deny-list, as `checkByRules` applies them. */
import process from "node:process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import * as mini from "zod/mini";
import { checkByRules, faultOfCommon } from "../../worker/src/check/check-by-rules.ts";
import { createChecker } from "../../worker/src/check/check-event.ts";
import type { Checked } from "../../worker/src/check/checked.ts";
import type { Rules } from "../../worker/src/check/weigh-event.ts";
import { registry } from "../../worker/src/events/registry.ts";
import { canonicalEvent } from "../../worker/src/check/writer/canonical-event.ts";
import { mergeCommon } from "../../worker/src/lib/merge-common.ts";
import { expected, firstIssue } from "../../worker/src/lib/parse.ts";
import { wireEvent } from "../../worker/src/events/schema.ts";
import { eventWriter } from "../../worker/src/check/writer/event-writer.ts";
import { validEvents } from "../wire/load.ts";

/** Events that are held against the rules: so many that by chance there are always enough of those that are redacted. */
const RUNS = Number(process.env["SIGHTLINE_FUZZ_RUNS"] ?? 15_000);

const valid = validEvents().map(({ event }) => event as unknown as Record<string, unknown>);

/** Values that sit at the edges of the rules. */
const edge = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom("", "x", "a@b.example", "logo@2x.png", "\0", "\ud800", '"', "é", "🍮", "a.b", "user", "viewable", "__proto__"),
  fc.constantFrom(
    'a"b',
    "a\\b",
    "a\nb",
    "\u0007",
    "2@x",
    "%40",
    "\ud83c",
    "\ud83c\udf6e",
    "null",
    "\u2028",
    "a b",
    "ada%40b.example",
  ),
  fc.constantFrom({ 'a"b': 1 }, { "a\nb": { "🍮": "@" } }, { "a@b.example": 1 }, { "\0": 1 }, { [`"${"é".repeat(2047)}`]: 1 }),
  fc.constantFrom([1, 2, 3], [1, null], ['"', 1], [0, -0], `"${"é".repeat(2047)}`, `"${"é".repeat(2048)}`),
  fc.constantFrom<unknown>(
    [[[[[[""]]]]]],
    [[[[[[[[""]]]]]]]],
    ["", [[[[[[[[1]]]]]]]]],
    [1, [[[[[[[[1]]]]]]]]],
    [[], [{}], [[["%41a"]]]],
  ),
  fc.constantFrom("x".repeat(64), "x".repeat(257), "é".repeat(1400), "x".repeat(4097)),
  fc.constantFrom(0, -0, 1, 1.5, -1, 1e21, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 0.1, 1e-7),
  fc.constantFrom(
    "2026-01-01T10:00:00.000Z",
    "2026-02-30T10:00:00.000Z",
    "2026-01-01T24:00:00.000Z",
    "2026-01-01T10:00:00+00:00",
  ),
  fc.constantFrom<unknown>(
    { email: "x" },
    { a: { __proto__x: 1 } },
    [[[[[[[[1]]]]]]]],
    [{}],
    [{ item_id: "a", position: 1 }],
    {},
  ),
  fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue(), { maxKeys: 300 }),
);

const field = fc.constantFrom(
  ...new Set([...valid.flatMap((event) => Object.keys(event)), "constructor", "unknown", "sample_rate", "metrics"]),
);

/** Personal data, by forms and names, in values, keys and lists. */
const personal = fc.dictionary(
  fc.constantFrom(
    "a@b.co",
    "c@d.co",
    "e@f.co",
    "[redacted]",
    "[redacted] 2",
    "+31 6 1234 0123",
    "email",
    "phone",
    "userPassword",
    "z",
  ),
  fc.constantFrom<unknown>(
    1,
    true,
    null,
    "",
    "x",
    "to a@b.co",
    4_111_111_111_111_111,
    "4111 1111 1111 1111",
    "NL91 ABNA 0417 1643 00",
    [4_111_111_111_111_111, 1],
    { mail: "a@b.co", "a@b.co": ["tel:0612345678"] },
    "\0a@b.co",
    [[[[[[[[1]]]]]]]],
  ),
  { maxKeys: 6 },
);

/** A golden event with some of its fields changed, left out or added, or one within a list or object of it. */
const event = fc
  .tuple(
    fc.constantFrom(...valid),
    fc
      .tuple(
        fc.array(fc.tuple(field, fc.option(edge)), { maxLength: 3 }),
        fc.array(fc.tuple(fc.constantFrom("payload", "context", "metrics"), personal), { maxLength: 1 }),
      )
      .map((changes): [string, unknown][] => changes.flat()),
    fc.option(fc.tuple(field, edge)),
  )
  .map(([golden, changes, inner]) => {
    const changed: Record<string, unknown> = structuredClone(golden);
    for (const [key, value] of changes) {
      if (value === null) delete changed[key];
      else changed[key] = structuredClone(value);
    }
    const items = changed["items"];
    if (inner !== null && Array.isArray(items) && typeof items[0] === "object")
      items[0] = { ...items[0], [inner[0]]: structuredClone(inner[1]) };
    return JSON.parse(JSON.stringify(changed)) as Record<string, unknown>;
  });

/** The collector's words for what zod finds. */
const WORDS = { error: expected };

const common = fc.record({ unit_type: edge, unit_id: edge, context: edge, experiments: edge }, { requiredKeys: [] });

/** What a write key may say of personal data. */
const key = fc.constantFrom<NonNullable<Rules["key"]>>(
  {},
  { pii: ["personal"] },
  { pii: ["sensitive"] },
  { pii: ["personal", "sensitive"] },
  { strict_pii: true },
  { pii: ["personal"], strict_pii: true },
);

const writers = new Map([...registry.values()].map(({ name, schema }) => [name, eventWriter(schema)]));

describe("an event's writer", () => {
  test("takes nothing that the rules refuse, and writes what they would have written", () => {
    let taken = 0;
    let redacted = 0;
    fc.assert(
      fc.property(event, fc.option(common, { freq: 3 }), key, (sent, shared, rules) => {
        const fields = shared === null ? undefined : (JSON.parse(JSON.stringify(shared)) as Record<string, unknown>);
        const type = registry.get(String(sent["event_type"]));
        const written = type && writers.get(type.name)?.(sent, fields && { fields }, rules);
        if (written === undefined) return;
        taken++;
        if (written.redacted) redacted++;
        const plain = checkByRules(mergeCommon(sent, fields), { key: rules });
        expect(plain.ok ? "sound" : plain.fault.code).toMatch(/^(sound|missing_surface|event_too_large)$/);
        if (!plain.ok) return;
        const { text, bytes, contentHash: hash } = plain;
        expect(written).toEqual({ text, bytes, hash, redacted: plain.redacted });
      }),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(1_000);
    expect(redacted).toBeGreaterThan(100);
  });

  test("and the rules come to the same verdict, with or without common, in whatever place of a batch", () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 4 }), fc.option(common), key, (events, shared, ofKey) => {
        const fields = shared === null ? undefined : (JSON.parse(JSON.stringify(shared)) as Record<string, unknown>);
        const rules = { common: fields, deadline: Date.parse("2026-01-01T10:05:00.000Z"), key: ofKey };
        const check = createChecker(rules);
        for (const sent of events) expect(withoutFields(check(sent))).toEqual(withoutFields(alone(sent, rules)));
      }),
      { numRuns: RUNS / 5 },
    );
  });

  test("what zod would tell first of an event is told, code, path and words, and nothing where it tells nothing", () => {
    let refused = 0;
    fc.assert(
      fc.property(event, ({ ...sent }) => {
        const { schema } = registry.get(String(sent["event_type"])) ?? {};
        const issues = (schema && z.safeParse(schema, sent, WORDS).error?.issues) ?? [];
        const first = issues.find(({ code }) => code !== "unrecognized_keys") ?? issues[0];
        expect(schema && z.safeParse(schema, sent).success).toBe(schema && first === undefined);
        if (first) refused++;
        const told = schema && firstIssue(schema, sent);
        expect([told?.code, told?.path, told?.message]).toEqual([first?.code, first?.path, first?.message]);
      }),
      { numRuns: RUNS * (2 / 3) },
    );
    expect(refused).toBeGreaterThan(1_000);
  });

  test.for([
    ["null of its own, which it keeps", wireEvent, { unit_id: null }, { unit_id: "u_1" }],
    ["null for a context of its own", wireEvent, { context: null }, { context: {} }],
    [
      "experiments from common, which its type does not know",
      mini.omit(wireEvent, { experiments: true }),
      {},
      { experiments: [] },
    ],
  ] as const)("takes none with %s", ([, schema, change, fields]) => {
    const sent = { ...valid.find(({ event_type }) => event_type === "client_report"), ...change };
    expect(schema.safeParse(mergeCommon(sent, fields)).success).toBe(false);
    expect(eventWriter(schema)?.(sent, { fields })).toBeUndefined();
  });

  test.for([
    ["addresses as values", { payload: { a: "a@b.co", b: ["tel:0612345678", { c: "4111 1111 1111 1111" }] } }],
    ["addresses as keys", { payload: { "a@b.co": 1, "c@d.co": 2, "e@f.co": { "a@b.co": 3 } } }],
    ["telling names", { payload: { user_password: "x", Email: ["x"] }, context: { phone: 1 } }],
    ["metrics to be left out", { metrics: { phone: 1, value: 2, card: 4_111_111_111_111_111 } }],
    ["numbers of cards", { payload: { n: 4_111_111_111_111_111, list: [1, [4_111_111_111_111_111]] } }],
  ] as const)("takes %s out by itself, without a second walk", ([, change]) => {
    const sent = { ...valid.find(({ event_type }) => event_type === "click"), ...change };
    const written = writers.get("click")?.(sent, undefined);
    expect(written).toMatchObject({ redacted: true });
    expect(written?.text).toBe((checkByRules(sent, {}) as { text?: string }).text);
  });

  test.for([...registry.values()])("of $name events is there", ({ schema }) => {
    expect(eventWriter(schema)).toBeTypeOf("function");
  });

  test.for(valid)("takes the golden event $event_type", (golden) => {
    const type = registry.get(String(golden["event_type"]));
    expect(type && eventWriter(type.schema)?.(golden, undefined)).toEqual(canonicalEvent(golden));
  });
});

/** The verdict of the rules on an event by itself. */
function alone(sent: Record<string, unknown>, rules: Rules): Checked {
  const fault = rules.common && faultOfCommon(rules.common);
  return fault === undefined ? checkByRules(mergeCommon(sent, rules.common), rules) : { ok: false, fault, sentBytes: 0 };
}

/** Of the fields that are read later each way hands on as many as it has. */
function withoutFields(checked: Checked): object {
  const { fields: _fields, ...rest } = { fields: undefined, ...checked };
  return rest;
}
