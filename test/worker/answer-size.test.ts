import { WIRE_LIMITS, type BatchAnswer } from "@sightline/client/wire";
import { expect, test } from "vitest";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

/** As much as the largest request. */
const MOST_BYTES = WIRE_LIMITS.bodyBytes;
const click = { ...validEvents().find(({ name }) => name === "click")?.event };
const key = (n: number) => `${n}_`.padEnd(64, "k");
/** Objects in each other down to the deepest that is looked at, under the longest keys that a response repeats. */
const deep = (value: unknown) =>
  Array.from({ length: WIRE_LIMITS.depth }, (_, n) => key(n)).reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
const many = (event: object) =>
  Array.from({ length: WIRE_LIMITS.events }, (_, i) => ({ ...event, event_id: `event_${i}`.padEnd(64, "_") }));

test.for([
  ["each of 500 events is wrong at the end of the longest path", { events: many({ ...click, payload: deep("\0") }) }],
  ["what is wrong stands once, in common", { common: { context: deep("\0") }, events: many({ ...click, context: undefined }) }],
  ["each nests too deep", { events: many({ ...click, payload: deep({ [key(99)]: 1 }) }) }],
  ["each has a number of no end", { events: many({ ...click, metrics: deep(1) }) }],
] as const)("a response is bounded, with all its verdicts, where %s", async ([, batch]) => {
  const { status, text, answer } = await inProcessCollector().post(batch);
  expect(status).toBe(400);
  expect((answer as BatchAnswer).errors).toHaveLength(WIRE_LIMITS.events);
  expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
});
