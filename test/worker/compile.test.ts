/** What the compiler of schemas takes, and how it writes: writer.test.ts holds it against the rules. */
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { compile } from "../../worker/src/check/writer/compile.ts";
import { beginEvent } from "../../worker/src/check/writer/write-pass.ts";

function listsOfLists(depth: number): z.ZodType {
  return z.array(depth === 1 ? z.number() : listsOfLists(depth - 1));
}

describe("a schema", () => {
  test.for([
    ["a transform", z.string().transform((text) => text.length)],
    ["a default", z.string().default("x")],
    ["a coercion that changes the value", z.string().trim()],
    ["a format that is more than its pattern", z.base64()],
    ["a refinement that adds issues", z.string().superRefine((_text, context) => context.addIssue("never"))],
    ["any value outside of the bounded fields", z.any()],
    ["an object that drops what it does not know, outside of them", z.object({ a: z.string() })],
    ["a refined boolean", z.boolean().refine((value) => value)],
    ["a refined choice", z.enum(["a", "b"]).refine((value) => value === "a")],
    ["a refined literal", z.literal(["a", "b"]).refine((value) => value === "a")],
    [
      "a refined optional",
      z
        .string()
        .optional()
        .refine((value) => value === "a"),
    ],
  ] as const)("with %s is left to zod", ([, schema]) => {
    expect(compile(schema)).toBeUndefined();
  });

  test.for([
    ["a refined value of any kind", z.any().refine((value) => value === 1)],
    ["a pseudonymous value of any kind", z.any().meta({ pii: "pseudonymous" })],
    ["keys of a choice", z.record(z.enum(["a", "b"]), z.number())],
    ["keys of a format", z.record(z.uuid(), z.number())],
    ["keys of a pattern", z.record(z.string().regex(/^a/), z.number())],
    ["keys that are numbers", z.record(z.number(), z.number())],
    ["lists that are too deep", listsOfLists(9)],
  ] as const)("with %s is left to zod in a bounded field", ([, schema]) => {
    expect(compile(schema, 1)).toBeUndefined();
  });

  test("with a pattern writes as JSON whatever the pattern lets through", () => {
    for (const [pattern, text] of [
      [/^sku-|ref-\d+$/, 'sku-","forged":"1'],
      [/^(sku-|ref-\d+)$|"/, '"'],
      [/^[A-z]+$/, "a\\"],
      [/^[.-z]+$/, "a\\"],
      [/^[^a]+$/, '"'],
      [/^.+$/, '"'],
      [/^\D+$/, '"'],
      [/^[A-Za-z0-9_-]+$/, "sku-1"],
      [/^\d{2,}(?:\.\d+)?$/, "10.5"],
    ] as const) {
      expect([pattern, compile(z.string().regex(pattern))?.(text, beginEvent({}))]).toEqual([pattern, JSON.stringify(text)]);
    }
  });

  test.for([
    [z.strictObject({ a: z.literal(["x", 1, null]), b: z.boolean().optional() }), { a: 1, b: true }, '{"a":1,"b":true}'],
    [z.strictObject({ a: z.literal(["x", 1, null]) }), { a: 2 }, undefined],
    [z.array(z.uuid()).max(1), ["6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"], '["6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"]'],
    [z.array(z.uuid()).max(1), ["no uuid"], undefined],
    [z.string().refine((text) => text !== "no"), "no", undefined],
    [z.string().meta({ pii: "personal" }), "Ada", undefined],
    [z.string().meta({ pii: "pseudonymous" }), "ada@example.org", undefined],
    [z.string().meta({ pii: "pseudonymous" }), "u_1", '"u_1"'],
    [z.string().optional().meta({ pii: "pseudonymous" }), "+31 6 1234 0123", undefined],
    [z.string().optional().meta({ pii: "pseudonymous" }), "u_1", '"u_1"'],
  ] as const)("is written in the order of its keys, or not at all: %#", ([schema, value, text]) => {
    expect(compile(schema)?.(value, beginEvent({}))).toBe(text);
  });
});
