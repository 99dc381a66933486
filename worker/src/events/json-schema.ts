import * as z from "zod/mini";
import type { EventType } from "./event-type.ts";

/** A JSON Schema, or a part of one. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * How schemas are published: as what is sent, with the class of personal data as `x-pii`, as unknown keywords are written that no
 * validator shall take for its own. What JSON Schema cannot say, such as a refinement, is left out.
 */
export const PUBLISHED = {
  io: "input",
  unrepresentable: "any",
  override({ jsonSchema }: { jsonSchema: JsonSchema }) {
    if (jsonSchema["pii"] === undefined) return;
    jsonSchema["x-pii"] = jsonSchema["pii"];
    delete jsonSchema["pii"];
  },
} as const;

/** Where a schema stands in the OpenAPI document. */
export const schemaRef = (name: string): string => `#/components/schemas/${name}`;

/** The JSON Schema (2020-12) of a type's events, `common` merged. Its `$id` ends as `metadata.schema` of the envelope: `exposure@1`. */
export function jsonSchemaOf({ name, version, description, schema }: EventType): JsonSchema {
  const rules = z.toJSONSchema(schema, PUBLISHED);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:sightline:${name}@${version}`,
    title: name,
    description,
    ...withRules(rules, name),
  };
}

/** Adds what check-event.ts knows and zod does not: the type's own name, and that a request has a surface. */
export function withRules(schema: JsonSchema, name: string): JsonSchema {
  const event_type = { type: "string" as const, const: name };
  return {
    ...schema,
    properties: { ...schema.properties, event_type },
    dependentRequired: { request_id: ["surface"] },
  };
}
