import { WIRE_LIMITS, WIRE_VERSION } from "@sightline/client/wire";
import * as z from "zod";
import type { EventType } from "../events/event-type.ts";
import { PUBLISHED, schemaRef, withRules, type JsonSchema } from "../events/json-schema.ts";
import { wireBatch, wireContext, wireExperiment, wireFrame, wireItem, wireMetrics } from "../schema.ts";
import { batchAnswer, errorAnswer, eventError, singleAnswer } from "./answers.ts";

/** Every schema of the document by its name; a type of event is `event.<its name>`. */
export function componentSchemas(types: ReadonlyMap<string, EventType>): Record<string, JsonSchema> {
  const named = z.registry<{ id: string }>();
  const parts = { Item: wireItem, Experiment: wireExperiment, Context: wireContext, Metrics: wireMetrics };
  const answers = { SingleAnswer: singleAnswer, BatchAnswer: batchAnswer, EventError: eventError, ErrorAnswer: errorAnswer };
  for (const [id, schema] of Object.entries({ ...parts, Batch: wireFrame, ...answers })) named.add(schema, { id });
  named.add(wireBatch.shape.common.unwrap(), { id: "Common" });
  for (const { name, description, schema } of types.values()) {
    // A copy of its own: types that share a schema would be one.
    named.add(schema.meta({ title: name, description }), { id: `event.${name}` });
  }
  const { schemas } = z.toJSONSchema(named, { ...PUBLISHED, uri: schemaRef });
  const finishedOnes = Object.entries(schemas).map(([id, schema]) => [id, finished(id, schema)] as const);
  return { Event: anyEvent([...types.keys()]), ...Object.fromEntries(finishedOnes) };
}

function finished(id: string, schema: JsonSchema): JsonSchema {
  // Within a document these are said once, by the document.
  delete schema.$schema;
  delete schema.$id;
  if (id.startsWith("event.")) return withRules(schema, id.slice("event.".length));
  return id === "Batch" ? batch(schema) : schema;
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

/** A batch without `common` is made of whole events; with it, what `common` has may be left out of each. */
function batch(schema: JsonSchema): JsonSchema {
  const items = { type: "object" as const, description: "An Event; what `common` says may be left out." };
  return {
    ...schema,
    description: `Up to ${WIRE_LIMITS.events} events, at most ${WIRE_LIMITS.bodyBytes} bytes, unpacked and again with \`common\` merged into each.`,
    properties: {
      ...schema.properties,
      v: { type: "integer", const: WIRE_VERSION },
      common: { $ref: schemaRef("Common") },
      events: { type: "array", minItems: 1, maxItems: WIRE_LIMITS.events, items },
    },
    anyOf: [
      { properties: { common: true }, required: ["common"] },
      { properties: { events: { type: "array", items: { $ref: schemaRef("Event") } } } },
    ],
  };
}
