import type { BatchAnswer, ErrorAnswer, SingleAnswer } from "@sightline/client/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HIGH_LIMITS, startCollector, type Collector } from "../services/collector.ts";
import { invalidEvents, validEvents } from "../wire/load.ts";
import { recordingRelay, type RecordingRelay } from "./recording-relay.ts";

const KEYS = JSON.stringify({
  wk_any: { tenant_id: "t1", kind: "web", origins: ["*"] },
  wk_shop: { tenant_id: "t1", kind: "web", origins: ["https://shop.example"] },
  sk_one: { tenant_id: "t1", kind: "server" },
});
const golden = new Map(validEvents().map((one) => [one.name, one]));
const click = { ...golden.get("click")?.event };

let relay: RecordingRelay;
let collector: Collector;
beforeAll(async () => {
  relay = await recordingRelay();
  collector = await startCollector({ relayUrl: relay.url, relayToken: "t", limits: HIGH_LIMITS, vars: { KEYS } });
});
afterAll(async () => {
  await collector.close();
  await relay.close();
});

interface Wanted {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
}

async function send(body: string | object | null, { path = "/v1/events?k=wk_any", method = "POST", headers = {} }: Wanted = {}) {
  const text = typeof body === "object" && body !== null ? JSON.stringify(body) : body;
  const response = await fetch(collector.url + path, {
    method,
    headers: { ...(text !== null && { "content-type": "text/plain" }), ...headers },
    body: text,
  });
  const answer: unknown = response.status === 204 ? undefined : await response.json();
  return { status: response.status, headers: response.headers, answer };
}

const ask = (origin: string) => send(null, { path: "/v1/events?k=wk_shop", method: "OPTIONS", headers: { origin } });
const codeOf = (answer: unknown) => (answer as ErrorAnswer).error.code;

describe("the golden events in workerd", () => {
  test.for(validEvents())("$name is accepted alone", async ({ text, event }) => {
    const { status, answer } = await send(text);
    expect([status, answer]).toEqual([202, { event_id: expect.any(String), status: "accepted" }]);
    expect((answer as SingleAnswer).event_id).toMatch(event.event_id ?? /^evt_[\da-f]{32}$/);
  });

  const alone = invalidEvents().filter(({ event }) => typeof event === "object" && !Array.isArray(event));
  test.for(alone)("$name is refused alone: $expected", async ({ text, expected, path }) => {
    const { status, answer } = await send(text);
    const details = path === undefined ? {} : { path };
    expect([status, answer]).toMatchObject([400, { error: { code: expected, details } }]);
  });

  test("all the bad ones in one batch leave a good one in it untouched, and each gets its own code", async () => {
    const bad = invalidEvents().filter(({ name }) => name !== "event-of-33-kib");
    const { status, answer } = await send(`{"events":[${[...bad.map(({ text }) => text), JSON.stringify(click)].join(",")}]}`);
    const { accepted, rejected, errors } = answer as BatchAnswer;
    expect({ status, accepted, rejected }).toEqual({ status: 207, accepted: 1, rejected: bad.length });
    expect(errors.map(({ index, error, path }) => ({ index, error, path }))).toEqual(
      bad.map(({ expected, path }, index) => ({ index, error: expected, path })),
    );
    expect(errors.every(({ retryable }) => !retryable)).toBe(true);
  });
});

describe("responses", () => {
  const bad = { ...click, event_id: "event_02", timestamp: undefined };

  test("a batch that is all taken: 202, copies counted as duplicates", async () => {
    const { status, answer } = await send({ events: [click, click, { ...click, event_id: "event_02" }] });
    expect([status, answer]).toEqual([202, { accepted: 2, rejected: 0, duplicates: 1, errors: [] }]);
  });

  test("a batch that is partly refused: 207 with a verdict for each refused event", async () => {
    const { status, answer, headers } = await send({ events: [bad, click] });
    expect(status).toBe(207);
    expect(answer).toEqual({
      accepted: 1,
      rejected: 1,
      duplicates: 0,
      errors: [
        {
          index: 0,
          event_id: "event_02",
          error: "missing_timestamp",
          path: "timestamp",
          message: "timestamp is required",
          retryable: false,
        },
      ],
    });
    expect(headers.get("retry-after")).toBeNull();
  });

  test("a batch that is all refused for good: 400", async () => {
    const { status, answer } = await send({ events: [bad, 7] });
    expect([status, answer]).toMatchObject([400, { accepted: 0, rejected: 2, errors: [{}, { error: "invalid_event" }] }]);
  });

  test("two events under one id: the later one is refused", async () => {
    const { status, answer } = await send({ events: [click, { ...click, item_id: "other" }] });
    expect([status, answer]).toMatchObject([207, { accepted: 1, errors: [{ index: 1, error: "event_id_conflict" }] }]);
  });

  test.for([
    ["JSON that ends early", '{"events":[', 400, "unreadable_body"],
    ["nothing", "", 400, "unreadable_body"],
    ["an empty list", "[]", 400, "empty_batch"],
    ["null", "null", 400, "invalid_batch"],
    ["events that are no list", '{"events":{}}', 400, "invalid_batch"],
    ["an unknown field beside events", '{"events":[1],"tenant_id":"t2"}', 400, "invalid_batch"],
    ["__proto__ beside events", '{"events":[1],"__proto__":{"k":1}}', 400, "invalid_batch"],
    ["common of another kind", '{"events":[1],"common":{"surface":"x"}}', 400, "invalid_batch"],
    ["a sent_at that is no time", '{"events":[1],"sent_at":"now"}', 400, "invalid_batch"],
    ["an empty batch", '{"events":[]}', 400, "empty_batch"],
    ["another version", '{"v":3,"events":[1]}', 400, "unsupported_version"],
    ["501 events", `{"events":[${Array(501).fill("1").join(",")}]}`, 413, "too_many_events"],
  ] as const)("%s is refused as a whole", async ([, body, expected, code]) => {
    const { status, answer } = await send(body);
    expect([status, codeOf(answer)]).toEqual([expected, code]);
    expect(answer).toEqual({ error: { code, message: expect.any(String), details: expect.any(Object) } });
  });

  test("no response is stored by a cache or sniffed for another type", async () => {
    for (const { headers } of [await send(click), await send("{"), await send(null, { path: "/nowhere", method: "GET" })]) {
      expect([headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual(["no-store", "nosniff"]);
    }
  });
});

describe("routes", () => {
  test("/events is /v1/events", async () => {
    expect((await send(click, { path: "/events?k=wk_any" })).status).toBe(202);
  });

  test("health needs no key, and readiness knows its bindings", async () => {
    expect(await send(null, { path: "/healthz", method: "GET" })).toMatchObject({ status: 200, answer: { status: "ok" } });
    expect(await send(null, { path: "/readyz", method: "GET" })).toMatchObject({ status: 200, answer: { status: "ready" } });
  });

  test("another path is 404, and another method 405 with what is allowed", async () => {
    const nowhere = await send(click, { path: "/v2/events?k=wk_any" });
    expect([nowhere.status, codeOf(nowhere.answer)]).toEqual([404, "not_found"]);
    const get = await send(null, { method: "GET" });
    expect([get.status, codeOf(get.answer), get.headers.get("allow")]).toEqual([405, "method_not_allowed", "POST, OPTIONS"]);
  });
});

describe("keys", () => {
  test.for([
    ["no key", "/v1/events", {}],
    ["an unknown key", "/v1/events?k=wk_other", {}],
    ["a secret key in the address", "/v1/events?k=sk_one", {}],
    ["a page's key as a bearer token", "/v1/events", { authorization: "Bearer wk_any" }],
    ["a wrong bearer token beside a good key", "/v1/events?k=wk_any", { authorization: "Bearer nope" }],
    ["another scheme", "/v1/events", { authorization: "Basic sk_one" }],
  ] as const)("%s is 401", async ([, path, headers]) => {
    const { status, answer, headers: got } = await send(click, { path, headers });
    expect([status, codeOf(answer), got.get("www-authenticate")]).toEqual([401, "unauthorized", "Bearer"]);
  });

  test("a server's key is a bearer token", async () => {
    const { status } = await send(click, { path: "/v1/events", headers: { authorization: "Bearer sk_one" } });
    expect(status).toBe(202);
  });

  test("a page's key is for pages of its origins", async () => {
    const from = (origin: string) => send(click, { path: "/v1/events?k=wk_shop", headers: { origin } });
    expect((await from("https://shop.example")).status).toBe(202);
    for (const origin of ["https://shop.example.evil.test", "http://shop.example", "null"]) {
      const { status, answer, headers } = await from(origin);
      expect([status, codeOf(answer), headers.get("access-control-allow-origin")]).toEqual([403, "forbidden_origin", null]);
    }
    expect((await send(click, { path: "/v1/events?k=wk_shop" })).status).toBe(403);
  });
});

describe("pages of other origins", () => {
  const origin = "https://shop.example";

  test("read the responses, errors too, without credentials", async () => {
    for (const path of ["/v1/events?k=wk_shop", "/v1/events?k=wk_unknown"]) {
      const { headers } = await send(click, { path, headers: { origin } });
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-expose-headers")).toBe("Retry-After");
      expect(headers.get("vary")).toBe("Origin");
      expect(headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  test("that ask beforehand get a response that holds for a day, and those that may not are refused", async () => {
    const { status, headers } = await ask(origin);
    expect([status, headers.get("access-control-allow-origin"), headers.get("access-control-max-age")]).toEqual([
      204,
      origin,
      "86400",
    ]);
    expect(headers.get("access-control-allow-methods")).toBe("POST");
    const refused = await ask("https://evil.test");
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([403, null]);
  });
});
