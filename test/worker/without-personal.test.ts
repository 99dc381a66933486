/** What is found in events of a project's own types, wherever their schemas say that something is personal. */
import * as z from "zod";
import { describe, expect, test } from "vitest";
import type { wireEvent } from "../../worker/src/events/schema.ts";
import { withoutPersonal } from "../../worker/src/check/without-personal.ts";

const text = z.string();
const personal = text.meta({ pii: "personal" });

function pathOf(payload: z.ZodType, value: unknown): string | undefined {
  const type = {
    name: "own",
    version: 1,
    description: "",
    envelope: "app.event.recorded.v1",
    schema: z.object({ payload }),
  } as const;
  const event = { payload: value };
  expect(type.schema.safeParse(event).success).toBe(true);
  return withoutPersonal(event, { ...type, schema: type.schema as unknown as typeof wireEvent }).fault?.path;
}

describe("a value of a personal class is refused", () => {
  test.for([
    ["under any key of a record", z.record(text, personal), { k: "Ada" }, "payload.k"],
    ["under a key with a dot", z.record(text, personal), { "a.b": "Ada" }, "payload.*"],
    ["under an empty key", z.record(text, personal), { "": "Ada" }, "payload.*"],
    ["in the objects of a record", z.record(text, z.object({ n: personal })), { k: { n: "Ada" } }, "payload.k.n"],
    ["in the lists of a record", z.record(text, z.array(personal)), { k: ["Ada"] }, "payload.k.0"],
    ["under a key that is not declared", z.object({}).catchall(z.object({ n: personal })), { k: { n: "Ada" } }, "payload.k.n"],
    ["with a default", z.object({ n: personal.default("x") }), { n: "Ada" }, "payload.n"],
    ["in a tuple", z.object({ n: z.tuple([text, personal]) }), { n: ["a", "Ada"] }, "payload.n.0"],
    ["in an intersection", z.intersection(z.object({ n: personal }), z.object({})), { n: "Ada" }, "payload.n"],
    ["in one form of a choice", z.union([z.object({ n: text }), z.object({ n: personal })]), { n: "Ada" }, "payload.n"],
    ["before it is transformed", z.object({ n: personal.transform((name) => name.length) }), { n: "Ada" }, "payload.n"],
    ["where the schema is made late", z.object({ n: z.lazy(() => personal) }), { n: "Ada" }, "payload.n"],
  ] as const)("%s", ([, payload, value, path]) => {
    expect(pathOf(payload, value)).toBe(path);
  });
});

test("a declared key is not of the class of those that are not declared", () => {
  const payload = z.object({ n: text }).catchall(personal);
  expect(pathOf(payload, { n: "x" })).toBeUndefined();
  expect(pathOf(payload, { n: "x", other: "Ada" })).toBe("payload.other");
});
