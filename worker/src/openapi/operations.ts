import type { ErrorCode } from "../errors/errors.ts";
import { schemaRef, type JsonSchema } from "../events/json-schema.ts";
import { REQUESTS } from "./examples.ts";
import { jsonResponse, refusals, type Responses } from "./responses.ts";

const text = { type: "string" as const };
const parameter = (place: "query" | "header" | "path", name: string, description: string, schema: JsonSchema) => ({
  name,
  in: place,
  description,
  schema,
  ...(place === "path" && { required: true }),
});

const ENCODINGS = [
  parameter("query", "z", "How the body is packed, as pages say it.", { ...text, enum: ["gzip"] }),
  parameter("header", "Content-Encoding", "How the body is packed, as backends say it.", { ...text, enum: ["gzip", "identity"] }),
];
const HEADERS = [
  parameter(
    "header",
    "Idempotency-Key",
    "Where events carry no `event_id`, theirs are made from this key and what they say.",
    text,
  ),
  parameter("header", "Traceparent", "W3C trace context: its trace id becomes the events'.", text),
];

const event = { $ref: schemaRef("Event") };
const batches = [{ $ref: schemaRef("Batch") }, { $ref: schemaRef("PartedBatch") }];
const body = { oneOf: [event, ...batches, { type: "array" as const, minItems: 1, items: event }] };
const cloudEvent = {
  type: "object" as const,
  description:
    "CloudEvents 1.0, also in binary mode. `data` is an Event; `id` is its event_id, and `type` and `time` its event_type and timestamp where it has none.",
  properties: {
    specversion: { ...text, const: "1.0" },
    id: text,
    source: text,
    type: text,
    time: text,
    data: { type: "object" as const },
  },
  required: ["specversion", "id", "source", "type", "data"],
};

/**
 * The operations on the path that events go to; `statuses` are of the responses, which the document has once, as `events.<status>`. The
 * document has the operation under two paths, which `id` tells apart.
 */
export function eventOperations(id: string, statuses: readonly string[]) {
  return {
    post: {
      operationId: `post${id}`,
      summary: "Send an event or a batch",
      description: "The response comes once the queue has confirmed, with a verdict for each event that was not taken.",
      tags: ["events"],
      security: [{ webKey: [] }, { serverKey: [] }],
      parameters: [...ENCODINGS, ...HEADERS],
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: body, examples: REQUESTS },
          "text/plain": { schema: { ...text, contentMediaType: "application/json", contentSchema: body } },
          "application/x-ndjson": { schema: { ...text, description: "An event a line." } },
          "application/cloudevents+json": { schema: cloudEvent },
          "application/cloudevents-batch+json": { schema: { type: "array", items: cloudEvent } },
        },
      },
      responses: Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/events.${status}` }])),
    },
    options: {
      operationId: `preflight${id}`,
      summary: "Ask whether a page may send",
      tags: ["events"],
      security: [{ webKey: [] }, {}],
      parameters: [parameter("header", "Origin", "Whose page asks.", text)],
      responses: {
        204: { description: "Pages of this origin may send." },
        ...refusals(["forbidden_origin", "rate_limited", "keys_unavailable"]),
      },
    },
  };
}

/** An operation that asks for something that is the same for everybody; `codes` are those of its refusals besides 405. */
function getOperation(operationId: string, tag: string, summary: string, successes: Responses, codes: ErrorCode[] = []) {
  const responses = { ...successes, ...refusals([...codes, "method_not_allowed"]) };
  return { operationId, summary, tags: [tag], security: [], responses };
}

/** What is published of what may be sent: by path. */
export function schemaPaths(names: readonly string[]) {
  const list = {
    type: "object" as const,
    properties: { schemas: { type: "array" as const, items: { type: "object" as const } } },
  };
  const schema = {
    description: "JSON Schema 2020-12. `x-pii` is a field's class of personal data: `pseudonymous`, `personal` or `sensitive`.",
    content: { "application/schema+json": { schema: { type: "object" } } },
  };
  const document = jsonResponse("OpenAPI 3.1.", { type: "object" });
  return {
    "/v1/schemas": {
      get: getOperation("listSchemas", "schemas", "Every registered type of event", {
        200: jsonResponse("By type its `schema`, `envelope`, `description` and `path`.", list),
      }),
    },
    "/v1/schemas/{type}": {
      parameters: [parameter("path", "type", "A registered type.", { ...text, enum: [...names] })],
      get: getOperation("getSchema", "schemas", "The schema of a type of event", { 200: schema }, ["not_found"]),
    },
    "/openapi.json": { get: getOperation("getOpenApi", "schemas", "This document", { 200: document }) },
  };
}

/** What those ask who watch the collector: by path. */
export function healthPaths() {
  const list = { type: "array" as const, items: text };
  const state = { type: "object" as const, properties: { status: text, warnings: list, expected: text }, required: ["status"] };
  return {
    "/healthz": { get: getOperation("getHealth", "operation", "Whether it runs", { 200: jsonResponse("It does.", state) }) },
    "/readyz": {
      get: getOperation("getReadiness", "operation", "Whether its settings are right", {
        200: jsonResponse("They are; `warnings` name what it goes on without.", state),
        503: jsonResponse("They are not; `expected` names what is missing or wrong.", state),
      }),
    },
  };
}
