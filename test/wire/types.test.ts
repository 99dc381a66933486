import type {
  WireBatch,
  WireCommon,
  WireContext,
  WireEvent,
  WireExperiment,
  WireItem,
  WireMetrics,
  WirePart,
  WirePartedBatch,
} from "@sightline/client/wire";
import { expect, test } from "vitest";
import type * as z from "zod/mini";
import { registry } from "../../worker/src/events/registry.ts";
import { wireBatch, wirePartedBatch, type wireEvent, type wirePart } from "../../worker/src/events/schema.ts";
import { validEvents } from "./load.ts";

/** Assignable both ways, and of the same keys: an optional field that only one side knows is assignable, and still a difference. */
type Same<A, B> = [A, keyof A] extends [B, keyof B] ? ([B, keyof B] extends [A, keyof A] ? true : never) : never;

type SchemaEvent = z.output<typeof wireEvent>;
type SchemaBatch = z.output<typeof wireBatch>;

test("the schema's types and the wire's are the same, which tsc checks", () => {
  const same: {
    event: Same<SchemaEvent, WireEvent>;
    item: Same<NonNullable<SchemaEvent["items"]>[number], WireItem>;
    experiment: Same<NonNullable<SchemaEvent["experiments"]>[number], WireExperiment>;
    context: Same<NonNullable<SchemaEvent["context"]>, WireContext>;
    metrics: Same<NonNullable<SchemaEvent["metrics"]>, WireMetrics>;
    batch: Same<SchemaBatch, WireBatch>;
    part: Same<z.output<typeof wirePart>, WirePart>;
    parted: Same<z.output<typeof wirePartedBatch>, WirePartedBatch>;
    common: Same<NonNullable<SchemaBatch["common"]>, WireCommon>;
  } = {
    event: true,
    item: true,
    experiment: true,
    context: true,
    metrics: true,
    batch: true,
    part: true,
    parted: true,
    common: true,
  };
  expect(Object.values(same)).toEqual(Array(9).fill(true));
});

test("every registered type has a golden event", () => {
  const shown = new Set(validEvents().map(({ event }) => event.event_type));
  expect([...registry.keys()].filter((name) => !shown.has(name))).toEqual([]);
});

test("golden events make batches that the published schemas take whole", () => {
  const events = validEvents().map(({ event }) => event);
  expect(wirePartedBatch.safeParse({ v: 2, parts: events.map((event) => ({ events: [event] })) }).success).toBe(true);
  expect(wireBatch.safeParse({ v: 1, events }).success).toBe(true);
});
