import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../worker/src/app.ts";
import { ERRORS } from "../../worker/src/errors/errors.ts";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const click = { ...validEvents().find(({ name }) => name === "click")?.event, event_id: "event_01" };
const KEYS = {
  sk_test: { tenant_id: "t1", kind: "server" },
  sk_off: { tenant_id: "t1", kind: "server", disabled: true },
  wk_like_but_a_servers: { tenant_id: "t1", kind: "server" },
  sk_strict: { tenant_id: "t1", kind: "server", strict_pii: true },
  wk_shop: { tenant_id: "t1", kind: "web", origins: ["https://shop.example"] },
};
/** What no response and no log may repeat. */
const MARK = "s3cret<script>";

let logged: string[] = [];
beforeEach(() => {
  logged = [];
  for (const level of ["debug", "log", "info", "warn", "error", "trace"] as const) {
    vi.spyOn(console, level).mockImplementation((...said: unknown[]) => void logged.push(said.map(String).join(" ")));
  }
});
afterEach(() => vi.restoreAllMocks());

const refuses = { sendBatch: () => Promise.reject(new Error("Too Many Requests")), metrics: async () => ({ backlogBytes: 0 }) };
const fails = () => Promise.reject(new Error("it is down"));
const failsAtOnce = () => {
  throw new Error("it is down");
};

describe("a request that is refused as a whole", () => {
  test.for([
    ["unauthorized", "-", { key: "sk_other" }, click],
    ["server_key_in_browser", "t1", { headers: { origin: "https://shop.example" } }, click],
    ["foreign_format", "t1", {}, { type: "track", messageId: "m-1" }],
    ["unsupported_media_type", "t1", { headers: { "content-type": "text/html" } }, click],
    ["unsupported_encoding", "t1", { headers: { "content-encoding": "br" } }, click],
    ["unreadable_body", "t1", {}, "{"],
    ["empty_batch", "t1", {}, { events: [] }],
    ["unsupported_version", "t1", {}, { v: 3, events: [1] }],
    ["too_many_events", "t1", {}, { events: Array(501).fill(1) }],
    ["method_not_allowed", "-", { method: "PUT" }, click],
    ["not_found", "-", { path: "/v2/events" }, click],
  ] as const)("as %s is counted once, with its tenant where that is known: %s", async ([code, tenant, sent, body]) => {
    const { post, counted, points } = inProcessCollector({ keys: KEYS });
    expect((await post(body, sent)).answer).toMatchObject({ error: { code } });
    expect(counted()).toEqual({ [`${tenant} request ${code}`]: 1 });
    expect(points).toHaveLength(1);
  });

  test("by a fault of the collector's own is internal_error, to be sent again, counted, and logged without what was sent", async () => {
    const repeats = () => {
      throw new TypeError(`cannot read ${JSON.stringify(click)}`);
    };
    const { post, counted } = inProcessCollector({ keys: KEYS, waitUntil: repeats });
    const { status, answer, headers } = await post({ events: [click] });
    expect([status, answer]).toMatchObject([500, { error: { code: "internal_error" } }]);
    expect([ERRORS.internal_error.retryable, Number(headers.get("Retry-After"))]).toEqual([true, expect.any(Number)]);
    expect(counted()).toEqual({ "t1 request internal_error": 1 });
    expect(logged).toEqual([expect.stringMatching(/"a request failed".*"TypeError".*sendChunk/)]);
    expect(String(logged)).not.toContain(click.unit_id);
  });
});

test("a single event that is refused, or not confirmed, is counted as an event and not as a request too", async () => {
  const { post, counted, points } = inProcessCollector({ keys: KEYS });
  await post({ ...click, item_id: 7 });
  expect(counted()).toEqual({ "t1 click invalid_item_id": 1 });
  expect(points).toHaveLength(1);
  const unconfirmed = inProcessCollector({ keys: KEYS, vars: { EVENTS: refuses } });
  expect((await unconfirmed.post(click)).status).toBe(503);
  expect(unconfirmed.counted()).toEqual({ "t1 click queue_unavailable": 1 });
});

test("a refusal is sent although it cannot be counted, for settings that are wrong", async () => {
  const broken = {} as never;
  expect((await createApp().request("/v2/events", {}, broken)).status).toBe(404);
  expect((await createApp().request("/v1/events", { method: "POST" }, broken)).status).toBe(503);
  expect((await createApp().request("/v1/events", { method: "PUT" }, broken)).status).toBe(405);
});

/** Requests that carry the mark in whatever they can carry. */
const HOSTILE = [
  ["a body that is no JSON", MARK, {}],
  ["a batch with a field of that name", { events: [1], [MARK]: 1 }, {}],
  ["a batch with a version of that name", { events: [1], v: MARK }, {}],
  ["an event with a field of that name", { ...click, [MARK]: 1 }, {}],
  ["a type of that name", { ...click, event_type: MARK }, {}],
  ["ids of that name", { events: [{ ...click, event_id: MARK, request_id: MARK }] }, {}],
  ["a time of that name", { ...click, timestamp: MARK }, {}],
  ["a unit of that name, and an address", { ...click, unit_id: `${MARK} ada@example.org` }, {}],
  ["a number in the place of which it stands", { ...click, metrics: { [MARK]: MARK } }, {}],
  ["an address as a key", { events: [{ ...click, payload: { [`${MARK}x@example.org`]: MARK } }] }, { key: "sk_strict" }],
  ["experiments of that name", { ...click, experiments: [{ experiment_id: MARK, variant_id: MARK }] }, {}],
  ["a common of that name", { common: { context: { [MARK]: "\0" } }, events: [click] }, {}],
  ["a path of that name", click, { path: `/${MARK}?${MARK}=${MARK}` }],
  ["a key of that name", click, { path: `/v1/events?k=${MARK}`, headers: { authorization: "" } }],
  ["a bearer token of that name", click, { key: MARK }],
  ["an encoding of that name", click, { headers: { "content-encoding": MARK } }],
  ["a packing of that name", click, { path: `/v1/events?z=${MARK}` }],
  ["a media type of that name", click, { headers: { "content-type": `text/${MARK}` } }],
  ["a type whose schema is asked for", null, { path: `/v1/schemas/${MARK}`, method: "GET" }],
] as const;

test.for(HOSTILE)("no response and no log repeats what was sent: %s", async ([, body, sent]) => {
  const { post, lines } = inProcessCollector({ keys: KEYS });
  const { status, text, headers } = await post(body, sent);
  expect(status).toBeGreaterThanOrEqual(400);
  for (const said of [text, [...headers].join("\n"), ...lines.rejects, ...logged]) {
    expect(said).not.toMatch(/s3cret|%3Cscript/i);
  }
});

test("no response sends the caller elsewhere", async () => {
  const { post } = inProcessCollector({ keys: KEYS });
  for (const path of [
    "//evil.test",
    "//evil.test/v1/events",
    "/v1/events/",
    "/v1/schemas/",
    "/?next=//evil.test",
    "/\\evil.test",
  ]) {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const { status, headers } = await post(null, { path, method });
      expect([path, method, status >= 300 && status < 400, headers.get("location")]).toEqual([path, method, false, null]);
    }
  }
});

test.for(["/metrics", "/json", "/json/version", "/debug/pprof", "/__inspect", "/.env", "/queued"])(
  "what is for operators alone is not served: %s is 404",
  async (path) => {
    const { post } = inProcessCollector({ keys: KEYS });
    expect((await post(null, { path, method: "GET" })).answer).toMatchObject({ error: { code: "not_found" } });
  },
);

describe("nothing that was sent is logged", () => {
  const event = {
    ...click,
    event_id: "evt_s3cret_1",
    unit_id: "u_s3cret",
    request_id: "req_s3cret",
    payload: { note: "s3cret" },
    context: { s3cret: 1 },
  };
  const headers = { "user-agent": "s3cret", "idempotency-key": "s3cret", "cf-connecting-ip": "203.0.113.77" };

  test.for([
    ["the queue refuses", { EVENTS: refuses }],
    ["the rejects' queue refuses", { REJECTS: refuses }],
    ["a limiter fails", { KEY_LIMIT: { limit: fails }, REJECT_LIMIT: { limit: fails } }],
    [
      "the counters fail",
      {
        COUNTERS: {
          writeDataPoint: failsAtOnce,
        },
      },
    ],
    ["a setting is wrong", { SEND_TIMEOUT_MS: "soon" }],
    ["KV fails", { KEYS: "{}", KEY_STORE: { get: fails } }],
  ] as const)("while %s, of which the log tells", async ([, vars]) => {
    const { post } = inProcessCollector({ keys: KEYS, vars });
    await post(
      { events: [event, { ...event, item_id: "s3cret".repeat(99) }, "s3cret"] },
      { key: "wk_shop", headers: { ...headers, origin: "https://shop.example" } },
    );
    await post(event, { headers, key: "sk_s3cret_0123456789" });
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join("\n")).not.toMatch(/s3cret|203\.0\.113|wk_shop/);
  });

  test("where all goes well, nothing is", async () => {
    const { post } = inProcessCollector({ keys: KEYS });
    await post({ events: [event, { ...event, item_id: 7 }] }, { headers });
    await post("s3cret", { headers });
    expect(logged).toEqual([]);
  });
});

test.for([
  ["a server key in the address", { key: "wk_like_but_a_servers" }, "send it as Authorization: Bearer"],
  ["a web key as a bearer token", { headers: { authorization: "Bearer wk_shop" } }, "send it as ?k="],
] as const)("%s is told where it belongs", async ([, sent, where]) => {
  const { post } = inProcessCollector({ keys: KEYS });
  const { status, answer } = await post(click, sent);
  expect([status, answer]).toMatchObject([401, { error: { code: "unauthorized", message: expect.stringContaining(where) } }]);
});
