import type { Context } from "hono";
import type { AppEnv } from "../app-env.ts";
import { registry } from "../../events/registry.ts";
import { once } from "../../lib/once.ts";
import { openApiDocument } from "../../openapi/document.ts";

const text = once(() => JSON.stringify(openApiDocument(registry)));

/** `GET /openapi.json`: the requests that the collector takes and its responses, OpenAPI 3.1. */
export function getOpenApi(c: Context<AppEnv>): Response {
  return c.body(text(), 200, { "Content-Type": "application/json" });
}
