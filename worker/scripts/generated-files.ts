import { jsonSchemaOf } from "../src/events/json-schema.ts";
import { registry } from "../src/events/registry.ts";
import { openApiDocument } from "../src/openapi/document.ts";
import { errorsPage } from "./errors-page.ts";
import { collectorPage } from "./limits-table.ts";

/** Folder that holds the schema of each type, and nothing else. */
export const EVENT_SCHEMAS = "schemas/events";

/** The files that are made from the collector's sources: their paths in the repository, and their texts. */
export function generatedFiles(): Map<string, string> {
  return new Map([
    ...[...registry].map(([name, type]) => [`${EVENT_SCHEMAS}/${name}.json`, json(jsonSchemaOf(type))] as const),
    ["schemas/openapi.json", json(openApiDocument(registry))],
    ["docs/errors.md", errorsPage()],
    ["docs/collector.md", collectorPage()],
  ]);
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
