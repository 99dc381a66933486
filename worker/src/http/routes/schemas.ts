import type { Context } from "hono";
import type { AppEnv } from "../app-env.ts";
import { RequestError } from "../../errors/errors.ts";
import { jsonSchemaOf } from "../../events/json-schema.ts";
import { registry } from "../../events/registry.ts";
import { once } from "../../lib/once.ts";

const list = once(() => {
  const schemas = [...registry.values()].map(({ name, version, envelope, description }) => ({
    event_type: name,
    schema: `${name}@${version}`,
    envelope,
    description,
    path: `/v1/schemas/${name}`,
  }));
  return JSON.stringify({ schemas });
});

const texts = new Map([...registry].map(([name, type]) => [name, once(() => JSON.stringify(jsonSchemaOf(type)))]));

/** `GET /v1/schemas`: every registered type, what its envelopes are, and where its schema is. */
export function listSchemas(c: Context<AppEnv>): Response {
  return c.body(list(), 200, { "Content-Type": "application/json" });
}

/** `GET /v1/schemas/:type`: the JSON Schema of a registered type. Throws `not_found`. */
export function getSchema(c: Context<AppEnv>): Response {
  const text = texts.get(c.req.param("type") ?? "");
  if (text === undefined) throw new RequestError("not_found", { message: "no such type: GET /v1/schemas lists them" });
  return c.body(text(), 200, { "Content-Type": "application/schema+json" });
}
