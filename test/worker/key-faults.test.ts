import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../worker/src/app.ts";
import { hashKey, storedName } from "../../worker/src/keys/policy.ts";
import { validEvents } from "../wire/load.ts";

const KEY = "wk_key_of_the_store";
const ORIGIN = "https://shop.example";
const click = validEvents().find(({ name }) => name === "click")?.text ?? "";
const stored = { policy: { tenant_id: "t1", kind: "web", origins: [ORIGIN] }, created_at: "2026-01-01T00:00:00.000Z" };

let warnings: string[] = [];
beforeEach(() => {
  warnings = [];
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation((line: string) => void warnings.push(line));
});
afterEach(() => vi.restoreAllMocks());

/** Cloudflare's bindings, which no local runtime lets fail: KV and limiters that do as they are told. */
function bindings({ kv, limit }: { kv: (name: string) => unknown; limit?: (key: string) => boolean }) {
  const queue = {
    sendBatch: async () => ({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }),
    metrics: async () => ({ backlogCount: 0, backlogBytes: 0 }),
  };
  const limiter = { limit: async ({ key }: { key: string }) => ({ success: limit?.(key) ?? true }) };
  const limiters = { KEY_LIMIT: limiter, SESSION_LIMIT: limiter, REJECT_LIMIT: limiter };
  return { EVENTS: queue, REJECTS: queue, KEY_STORE: { get: async (name: string) => kv(name) }, ...limiters };
}

async function post(env: object, { key = KEY, address = "203.0.113.7" } = {}) {
  const context = { waitUntil: () => undefined, passThroughOnException() {}, props: {} };
  const headers = { origin: ORIGIN, "content-type": "text/plain", "cf-connecting-ip": address };
  const init = { method: "POST", headers, body: click };
  const response = await createApp().request(`/v1/events?k=${key}`, init, env as never, context as never);
  const { error } = (await response.json()) as { error?: { code: string } };
  return { status: response.status, code: error?.code, headers: response.headers };
}

const holdsKey = (name: string) => (name === storedName(hashKey(KEY)) ? stored : null);
const fails = () => {
  throw new Error("it is down");
};
const refusesAddresses = (key: string) => !key.startsWith("address:");

describe("keys that cannot be looked up", () => {
  test("get 503 with Retry-After, which a page can read, and not 401", async () => {
    const { status, code, headers } = await post(bindings({ kv: fails }));
    expect([status, code]).toEqual([503, "keys_unavailable"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(headers.get("access-control-allow-origin")).toBe(ORIGIN);
  });

  test("do not keep a key from being accepted that was found before", async () => {
    let kv: (name: string) => unknown = holdsKey;
    const env = bindings({ kv: (name) => kv(name) });
    expect((await post(env)).status).toBe(202);
    kv = fails;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    try {
      expect((await post(env)).status).toBe(202);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a limiter", () => {
  test("that fails lets the request through, and says so", async () => {
    expect((await post(bindings({ kv: holdsKey, limit: fails }))).status).toBe(202);
    expect(warnings[0]).toContain("it is down");
  });

  test("never sees an address or a key, and nor does a log", async () => {
    const seen: string[] = [];
    const limit = (key: string) => seen.push(key) > 0;
    const env = bindings({ kv: holdsKey, limit });
    await post(env);
    await post(env, { key: "wk_unknown_0123456789", address: "198.51.100.23" });
    expect(seen.length).toBeGreaterThanOrEqual(4);
    for (const secret of [KEY, "wk_unknown", "203.0.113.7", "198.51.100.23"])
      expect([...seen, ...warnings].join()).not.toContain(secret);
  });

  test("keeps KV from being asked for what an address over its limit tries", async () => {
    const asked: string[] = [];
    const kv = (name: string) => {
      asked.push(name);
      return null;
    };
    expect(await post(bindings({ kv, limit: refusesAddresses }))).toMatchObject({ status: 429, code: "rate_limited" });
    expect(asked).toEqual([]);
  });
});
