import type { BatchAnswer, ErrorAnswer, EventError, SingleAnswer } from "@sightline/client/wire";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import type * as z from "zod/mini";
import { ERRORS } from "../../worker/src/errors/errors.ts";
import { registry } from "../../worker/src/events/registry.ts";
import type { batchAnswer, errorAnswer, eventError, singleAnswer } from "../../worker/src/openapi/response-schemas.ts";
import { openApiDocument } from "../../worker/src/openapi/document.ts";
import { invalidEvents, validEvents } from "../wire/load.ts";

const document = openApiDocument(registry);
const own = JSON.stringify(document);

/** What Redocly's linter finds, at its strictest. Whether more fields are allowed in an example is for the schemas to say, not for it. */
async function lint(source: string): Promise<string[]> {
  const rules = { "no-invalid-media-type-examples": { severity: "error", allowAdditionalProperties: true } } as const;
  const config = await createConfig({ extends: ["recommended-strict"], rules });
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
}

/** The document with other examples of one event. */
function withExamples(events: readonly { name: string; event: unknown }[]): string {
  const changed = structuredClone(document);
  const examples = Object.fromEntries(events.map(({ name, event }) => [name, { value: event }]));
  Object.assign(changed.paths["/v1/events"].post.requestBody.content["application/json"], { examples });
  return JSON.stringify(changed);
}

test("the document is sound, and its examples are of its schemas", async () => {
  expect(await lint(own)).toEqual([]);
});

test("an example that is not of its schema is found", async () => {
  expect(await lint(own.replace('"code":"unauthorized"', '"code":"unknown"'))).not.toEqual([]);
});

test("the schemas take every golden event", async () => {
  expect(await lint(withExamples(validEvents()))).toEqual([]);
});

test("the schemas refuse the golden events that break a rule of a field", async () => {
  // What no schema says: bytes, depth, keys, text that is broken, meaning, time.
  const beyond =
    /^(pii_detected|event_too_large|too_deep|too_many_keys|string_too_long|forbidden_key|invalid_string|number_out_of_range|future_timestamp)$/;
  // A list is a batch where it is the whole body.
  const events = invalidEvents().filter(
    ({ expected, text, event }) => !beyond.test(expected) && !text.includes("1e999") && !Array.isArray(event),
  );
  const found = await lint(withExamples(events));
  const taken = events.filter(
    ({ name }) =>
      !found.some((problem) => problem.endsWith(`/examples/${name}/value`) || problem.includes(`/examples/${name}/value/`)),
  );
  expect(taken.map(({ name }) => name)).toEqual([]);
});

test("every code is among the responses, with an example, but those that leave an event out by design", () => {
  const codes = Object.entries(ERRORS).filter(([, { status }]) => status !== 202);
  expect(codes.map(([code]) => code).filter((code) => !own.includes(`"error":{"code":"${code}"`))).toEqual([]);
});

/** Assignable both ways. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

test("the schemas of the responses and the wire's types are the same, which tsc checks", () => {
  const same: {
    single: Same<z.output<typeof singleAnswer>, SingleAnswer>;
    batch: Same<z.output<typeof batchAnswer>, BatchAnswer>;
    verdict: Same<z.output<typeof eventError>, EventError>;
    error: Same<z.output<typeof errorAnswer>, ErrorAnswer>;
  } = { single: true, batch: true, verdict: true, error: true };
  expect(Object.values(same)).toEqual(Array(4).fill(true));
});
