import { WIRE_VERSION } from "@sightline/client/wire";
import type { EventType } from "../events/event-type.ts";
import { componentSchemas } from "./components.ts";
import { eventOperations, healthPaths, schemaPaths } from "./operations.ts";
import { eventResponses } from "./responses.ts";

const DESCRIPTION = `Takes exposure and outcome events, and responds once they are in a queue.

Errors are of one contract, with a code of a closed table. Any other path is 404 \`not_found\`.`;

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
      ...schemaPaths([...types.keys()]),
      ...healthPaths(),
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
