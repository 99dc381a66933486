import { WIRE_LIMITS } from "@sightline/client/wire";
import * as z from "zod/mini";
import type { EventType } from "../events/event-type.ts";
import { PUBLISHED, schemaRef, withRules, type JsonSchema } from "../events/json-schema.ts";
import {
  wireCommon,
  wireContext,
  wireExperiment,
  wireFrame,
  wireItem,
  wireMetrics,
  wirePartedFrame,
  wirePartFrame,
} from "../events/schema.ts";
import { batchAnswer, errorAnswer, eventError, singleAnswer } from "./response-schemas.ts";

/** Schemas that the document has once, and refers to where others hold them. */
const NAMED: Record<string, z.core.$ZodType> = {
  Item: wireItem,
  Experiment: wireExperiment,
  Context: wireContext,
  Metrics: wireMetrics,
  Common: wireCommon,
  Batch: wireFrame,
  Part: wirePartFrame,
  PartedBatch: wirePartedFrame,
  SingleAnswer: singleAnswer,
  EventError: eventError,
  BatchAnswer: batchAnswer,
  ErrorAnswer: errorAnswer,
};
const BOUNDS = `Up to ${WIRE_LIMITS.events} events, at most ${WIRE_LIMITS.bodyBytes} bytes, unpacked and again with \`common\` merged into each.`;
const nameOf = new Map<z.core.$ZodType, string>(Object.entries(NAMED).map(([name, schema]) => [schema, name]));

/** Every schema of the document by its name; a type of event is `event.<its name>`. */
export function componentSchemas(types: ReadonlyMap<string, EventType>): Record<string, JsonSchema> {
  const schemas: Record<string, JsonSchema> = { Event: anyEvent([...types.keys()]) };
  for (const [name, schema] of Object.entries(NAMED)) schemas[name] = component(schema);
  Object.assign(schemas, {
    Batch: { description: `Version 1: one head. ${BOUNDS}`, ...withEvents(component(wireFrame)) },
    Part: { description: "Events of one head.", ...withEvents(component(wirePartFrame)) },
    PartedBatch: {
      description: `Version 2: each part has a head of its own. ${BOUNDS}`,
      ...withParts(component(wirePartedFrame)),
    },
  });
  // Types that share a schema share the work: it is most of what the document costs.
  const made = new Map<z.core.$ZodType, JsonSchema>();
  for (const { name, description, schema } of types.values()) {
    const fields = made.get(schema) ?? component(schema);
    made.set(schema, fields);
    schemas[`event.${name}`] = { title: name, description, ...withRules(fields, name) };
  }
  return schemas;
}

function component(root: z.core.$ZodType): JsonSchema {
  const schema: JsonSchema = z.toJSONSchema(root, {
    ...PUBLISHED,
    override(part) {
      PUBLISHED.override(part);
      const name = nameOf.get(part.zodSchema);
      if (name === undefined || name === nameOf.get(root)) return;
      for (const key of Object.keys(part.jsonSchema)) delete part.jsonSchema[key];
      part.jsonSchema.$ref = schemaRef(name);
    },
  });
  // The document says it for all of them.
  delete schema.$schema;
  return schema;
}

function anyEvent(names: readonly string[]): JsonSchema {
  const refs = names.map((name) => [name, schemaRef(`event.${name}`)] as const);
  return {
    type: "object",
    description: `One event, at most ${WIRE_LIMITS.eventBytes} bytes; context, metrics and payload each at most ${WIRE_LIMITS.depth} levels deep, with ${WIRE_LIMITS.keys} keys and strings of ${WIRE_LIMITS.stringBytes} bytes.`,
    oneOf: refs.map(([, $ref]) => ({ $ref })),
    discriminator: { propertyName: "event_type", mapping: Object.fromEntries(refs) },
  };
}

/** What has no `common` is made of whole events; with it, what `common` has may be left out of each. */
function withEvents(schema: JsonSchema): JsonSchema {
  const items = { type: "object" as const, description: "An Event; what `common` says may be left out." };
  return {
    ...schema,
    properties: {
      ...schema.properties,
      common: { $ref: schemaRef("Common") },
      events: { type: "array", minItems: 1, maxItems: WIRE_LIMITS.events, items },
    },
    anyOf: [
      { properties: { common: true }, required: ["common"] },
      { properties: { events: { type: "array", items: { $ref: schemaRef("Event") } } } },
    ],
  };
}

function withParts(schema: JsonSchema): JsonSchema {
  const parts = { type: "array" as const, minItems: 1, maxItems: WIRE_LIMITS.events, items: { $ref: schemaRef("Part") } };
  return { ...schema, properties: { ...schema.properties, parts } };
}
