import { WIRE_VERSION } from "@sightline/client/wire";
import type { EventType } from "../events/event-type.ts";
import { componentSchemas } from "./components.ts";
import { eventOperations, getOperation, healthOperation, schemaOperation, schemasOperation } from "./operations.ts";
import { answer, eventResponses } from "./responses.ts";

const DESCRIPTION = `Takes exposure and outcome events, and answers once they are in a queue.

Every error is of one contract, \`{"error": {"code", "message", "details"}}\`, with a code of a closed table. Any other path is 404 \`not_found\`, and
another method of a path 405 \`method_not_allowed\`.`;

/** The collector's routes in OpenAPI 3.1, from the registered types, the table of errors and the schemas of the wire. */
export function openApiDocument(types: ReadonlyMap<string, EventType>) {
  const responses = eventResponses();
  const statuses = Object.keys(responses);
  return {
    openapi: "3.1.0",
    info: {
      title: "Sightline collector",
      version: String(WIRE_VERSION),
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "Where this document is." }],
    tags: [
      { name: "events", description: "Events, alone or in batches." },
      { name: "schemas", description: "What may be sent. Pages of all origins may read it." },
      { name: "operation", description: "Whether the collector works." },
    ],
    paths: {
      "/v1/events": eventOperations("Events", statuses),
      "/events": eventOperations("EventsShort", statuses),
      "/v1/schemas": schemasOperation(),
      "/v1/schemas/{type}": schemaOperation([...types.keys()]),
      "/openapi.json": getOperation("getOpenApi", "schemas", "This document", answer("OpenAPI 3.1.", { type: "object" })),
      "/healthz": healthOperation("getHealth", "Whether it runs", "ok"),
      "/readyz": healthOperation(
        "getReadiness",
        "Whether its settings are right",
        "ready",
        "A binding or variable is missing or wrong: `expected` names it.",
      ),
    },
    components: {
      schemas: componentSchemas(types),
      responses: Object.fromEntries(statuses.map((status) => [`events.${status}`, responses[status]])),
      securitySchemes: {
        webKey: { type: "apiKey", in: "query", name: "k", description: "A page's write key, which is public." },
        serverKey: { type: "http", scheme: "bearer", description: "A backend's write key, which is a secret." },
      },
    },
  };
}
