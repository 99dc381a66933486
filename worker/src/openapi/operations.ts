import { schemaRef, type JsonSchema } from "../events/json-schema.ts";
import { REQUESTS } from "./examples.ts";
import { answer, refusals } from "./responses.ts";

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
    "Where events carry no `event_id`, theirs are made from this key and their places in the batch.",
    text,
  ),
  parameter("header", "Traceparent", "W3C trace context: its trace id becomes the events'.", text),
];

const body = { oneOf: [{ $ref: schemaRef("Event") }, { $ref: schemaRef("Batch") }] };

/**
 * The operations on the path that events go to; `statuses` are of the answers, which the document has once, as `events.<status>`. The
 * same path is there twice, so that an id has to tell which.
 */
export function eventOperations(id: string, statuses: readonly string[]) {
  return {
    post: {
      operationId: `post${id}`,
      summary: "Send an event or a batch",
      description:
        "Answered once the queue has confirmed. The same event may be sent again, under the same event_id: on the bus it is one. The answer to a batch has a verdict for each event that was not taken.",
      tags: ["events"],
      security: [{ webKey: [] }, { serverKey: [] }],
      parameters: [...ENCODINGS, ...HEADERS],
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: body, examples: REQUESTS },
          "text/plain": { schema: { ...text, contentMediaType: "application/json", contentSchema: body } },
        },
      },
      responses: Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/events.${status}` }])),
    },
    options: {
      operationId: `preflight${id}`,
      summary: "Ask whether a page may send",
      description: "The browser's preflight. The SDK's own requests need none.",
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

/** An operation that asks for something that is the same for everybody. */
export const getOperation = (operationId: string, tag: string, summary: string, ok: object, more: object = {}) => ({
  get: { operationId, summary, tags: [tag], security: [], responses: { 200: ok, ...refusals(["method_not_allowed"]) }, ...more },
});

/** `GET /v1/schemas/{type}`. */
export function schemaOperation(names: readonly string[]) {
  const found = {
    description: "JSON Schema 2020-12. `x-pii` is a field's class of personal data: `pseudonymous`, `personal` or `sensitive`.",
    content: { "application/schema+json": { schema: { type: "object" } } },
  };
  return getOperation("getSchema", "schemas", "The schema of a type of event", found, {
    parameters: [parameter("path", "type", "A registered type.", { ...text, enum: [...names] })],
    responses: { 200: found, ...refusals(["not_found", "method_not_allowed"]) },
  });
}

/** `GET /v1/schemas`. */
export function schemasOperation() {
  const fields = ["event_type", "schema", "envelope", "description", "path"];
  const row = { type: "object" as const, properties: Object.fromEntries(fields.map((name) => [name, text])), required: fields };
  const list = {
    type: "object" as const,
    properties: { schemas: { type: "array" as const, items: row } },
    required: ["schemas"],
  };
  return getOperation("listSchemas", "schemas", "Every registered type of event", answer("The types.", list));
}

/** An operation for those who watch the collector. */
export function healthOperation(operationId: string, summary: string, status: string, ifNot?: string) {
  // What goes on without a binding is in `warnings`.
  const properties = { status: text, warnings: { type: "array" as const, items: text }, expected: text };
  const state = { type: "object" as const, properties, required: ["status"] };
  const { get } = getOperation(operationId, "operation", summary, answer("It is.", state, { [status]: { value: { status } } }));
  return { get: { ...get, responses: { ...get.responses, ...(ifNot && { 503: answer(ifNot, state) }) } } };
}
