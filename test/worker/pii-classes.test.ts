import { wireEvent } from "@sightline/worker/events";
import * as z from "zod";
import { expect, test } from "vitest";
import { registry } from "../../worker/src/events/registry.ts";
import { PII_CLASSES, piiClasses } from "../../worker/src/personal/pii-classes.ts";
import { wireBatch, wirePartedBatch } from "../../worker/src/events/schema.ts";

const text = z.string();
const personal = text.meta({ pii: "personal" });

test("of the wire's own fields only ids say something of a person, and those are pseudonymous", () => {
  expect(Object.fromEntries(piiClasses(wireEvent))).toEqual({
    event_id: "pseudonymous",
    unit_id: "pseudonymous",
    request_id: "pseudonymous",
  });
  const ids = ["session_id", "common.unit_id", "events.*.event_id", "events.*.unit_id", "events.*.request_id"];
  expect([...piiClasses(wireBatch).keys()]).toEqual(ids);
  expect([...piiClasses(wirePartedBatch).keys()]).toEqual(ids.map((path) => `parts.*.${path}`));
});

test("no registered type loses the class of a field of the wire", () => {
  for (const { schema } of registry.values()) expect(piiClasses(schema).get("unit_id")).toBe("pseudonymous");
});

test("the meal planner's diets are sensitive", () => {
  expect(piiClasses(registry.get("plan_generated")?.schema ?? text).get("payload.dietary_needs")).toBe("sensitive");
});

test("a class is found in whatever a field stands, by its dotted path", () => {
  const schema = z.object({
    plain: text.meta({ pii: "none" }),
    list: z.array(z.object({ name: personal })),
    map: z.record(z.string(), personal),
    free: z.object({ known: text }).catchall(z.any().meta({ pii: "sensitive" })),
    either: z.union([text, personal.nullable()]).exactOptional(),
    fixed: personal.optional().readonly(),
    filled: personal.default("x"),
    both: z.intersection(z.object({ name: personal }), z.object({ other: text })),
    pair: z.tuple([text, personal]),
    later: z.lazy(() => personal),
    turned: personal.transform((name) => name.length),
    whole: z.strictObject({ inner: text, worse: text.meta({ pii: "sensitive" }) }).meta({ pii: "personal" }),
  });
  expect(Object.fromEntries(piiClasses(schema))).toEqual({
    "list.*.name": "personal",
    "map.*": "personal",
    "free.*": "sensitive",
    either: "personal",
    fixed: "personal",
    filled: "personal",
    "both.name": "personal",
    "pair.*": "personal",
    later: "personal",
    turned: "personal",
    whole: "personal",
    "whole.worse": "sensitive",
  });
});

test("a class stays with a field that is narrowed or made optional", () => {
  const { unit_id } = wireEvent.shape;
  expect(piiClasses(z.object({ unit_id: z.exactOptional(unit_id.check(z.maxLength(64))) })).get("unit_id")).toBe("pseudonymous");
});

test("of the classes that a field's forms have, the highest counts", () => {
  const forms = PII_CLASSES.map((pii) => text.meta({ pii }));
  for (const order of [forms, forms.toReversed()]) {
    expect(piiClasses(z.object({ field: z.union(order) })).get("field")).toBe("sensitive");
  }
});

test("a schema that holds itself has an end", () => {
  const node = z.object({
    name: personal,
    get children() {
      return z.array(node).exactOptional();
    },
  });
  const classes = piiClasses(node);
  expect(classes.get("children.*.children.*.name")).toBe("personal");
});

test("an unknown class is an error that names the field and what was expected", () => {
  const wrong = z.object({ payload: z.object({ name: text.meta({ pii: "private" as "none" }) }) });
  expect(() => piiClasses(wrong)).toThrow(
    new TypeError("pii of payload.name: expected one of none, pseudonymous, personal, sensitive"),
  );
});
