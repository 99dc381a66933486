import { readFileSync } from "node:fs";
import type { ErrorAnswer } from "@sightline/client/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCollector, type Collector } from "../services/collector.ts";
import type { Envelope } from "../../worker/src/envelope/envelope.ts";
import { registry } from "../../worker/src/events/registry.ts";
import { REQUESTS } from "../../worker/src/openapi/examples.ts";
import { validEvents } from "../wire/load.ts";
import { recordingRelay, type RecordingRelay } from "./recording-relay.ts";

const committed = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../schemas/${path}`, import.meta.url), "utf8"));
const PATHS = ["/v1/schemas", "/v1/schemas/exposure", "/openapi.json"];

let relay: RecordingRelay;
let collector: Collector;
beforeAll(async () => {
  relay = await recordingRelay();
  collector = await startCollector({ relayUrl: relay.url, relayToken: "t" });
});
afterAll(async () => {
  await collector.close();
  await relay.close();
});

const get = (path: string, init: RequestInit = {}) => fetch(collector.url + path, init);
const post = (body: unknown, path = "/v1/events?k=wk_demo") =>
  get(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

describe("what is published", () => {
  test("every type that is registered is listed, and its schema is the one of the repository", async () => {
    const { schemas } = (await (await get("/v1/schemas")).json()) as { schemas: { event_type: string; path: string }[] };
    expect(schemas.map(({ event_type }) => event_type)).toEqual([...registry.keys()]);
    expect(schemas.at(-1)).toEqual({
      event_type: "pantry_updated",
      schema: "pantry_updated@1",
      envelope: "app.event.recorded.v1",
      description: "What a user has in stock changed.",
      path: "/v1/schemas/pantry_updated",
    });
    for (const { event_type, path } of schemas) {
      const response = await get(path);
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/schema+json"]);
      expect(await response.json()).toEqual(committed(`events/${event_type}.json`));
    }
  });

  test("a schema says the classes of personal data", async () => {
    const schema = await (await get("/v1/schemas/plan_generated")).json();
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      properties: {
        unit_id: { "x-pii": "pseudonymous" },
        payload: { properties: { dietary_needs: { "x-pii": "sensitive" } } },
      },
    });
  });

  test("the OpenAPI document is the one of the repository", async () => {
    const response = await get("/openapi.json");
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await response.json()).toEqual(committed("openapi.json"));
  });

  test.each(PATHS)("%s can be read by pages of all origins, and kept for five minutes", async (path) => {
    const { headers } = await get(path, { headers: { origin: "https://docs.example" } });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("cache-control")).toBe("public, max-age=300");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test.each([...PATHS, "/healthz", "/readyz"])("%s responds to HEAD without a body, and 405 to what writes", async (path) => {
    const head = await get(path, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const refused = await get(path, { method });
      const { error } = (await refused.json()) as ErrorAnswer;
      expect([refused.status, refused.headers.get("allow"), error.code]).toEqual([405, "GET, HEAD", "method_not_allowed"]);
      expect(refused.headers.get("cache-control")).toBe("no-store");
    }
  });

  test.each(["nothing", "EXPOSURE", "toString", "__proto__", "exposure/1", "%2e%2e", "exposure%00"])(
    "the type %s is 404, in the error contract, which pages can read and nobody keeps",
    async (name) => {
      const response = await get(`/v1/schemas/${name}`);
      const { error } = (await response.json()) as ErrorAnswer;
      expect([response.status, error.code]).toEqual([404, "not_found"]);
      expect(response.headers.get("cache-control")).toBe("no-store");
    },
  );
});

describe("what is shown is taken", () => {
  test.each(Object.entries(REQUESTS))("the document's %s, on both paths", async (_, { value }) => {
    for (const path of ["/v1/events?k=wk_demo", "/events?k=wk_demo"]) expect((await post(value, path)).status).toBe(202);
  });
});

describe("a meal planner's request, as its specification has it", () => {
  const specified = {
    event_type: "plan_generated",
    unit_type: "user",
    unit_id: "user-123",
    experiments: [{ experiment_id: "uuid-exp", variant_id: "uuid-var" }],
    context: { policy_version_id: "uuid-policy-version", app_version: "1.2.3", platform: "ios" },
    metrics: { latency_ms: 450, token_count: 1200 },
    payload: { plan_id: "uuid-plan", meal_count: 7 },
    timestamp: "2025-01-01T10:00:00Z",
  };
  const experiments = validEvents().find(({ name }) => name === "plan-generated-by-a-backend")?.event.experiments;

  test("is taken at /events, with UUIDs for experiments, and comes out as the application's event", async () => {
    const response = await post({ ...specified, experiments }, "/events?k=wk_demo");
    const answer = (await response.json()) as { event_id: string };
    expect([response.status, answer]).toEqual([202, { event_id: expect.any(String), status: "accepted" }]);
    const found = () => relay.envelopes<Envelope>("sightline-events").find(({ id }) => id === answer.event_id);
    await expect.poll(found, { timeout: 20_000 }).toMatchObject({
      type: "app.event.recorded.v1",
      event_type: "plan_generated",
      payload: { ...specified, experiments },
      metadata: { schema: "plan_generated@1", partition_key: "user-123", flags: expect.arrayContaining(["old_timestamp"]) },
    });
  });

  test("is refused where its experiments are no UUIDs", async () => {
    const response = await post(specified, "/events?k=wk_demo");
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: "invalid_experiment_id", details: { path: "experiments.0.experiment_id" } } },
    ]);
  });

  test("is taken for a type of its own too, which needs no context", async () => {
    const { unit_type, unit_id, timestamp } = specified;
    const event = { event_type: "pantry_updated", unit_type, unit_id, timestamp, payload: { items_added: 5, items_removed: 2 } };
    expect((await post(event)).status).toBe(202);
  });
});
