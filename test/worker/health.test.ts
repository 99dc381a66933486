import { describe, expect, test } from "vitest";
import { createApp } from "../../worker/src/app.ts";

const nothing = () => undefined;
const queue = { sendBatch: nothing, metrics: nothing };
const REQUIRED = { EVENTS: queue, REJECTS: queue, RELAY_URL: "http://relay.test", RELAY_TOKEN: "very-secret-token" };
const OPTIONAL = {
  KEY_STORE: { get: nothing },
  KEY_LIMIT: { limit: nothing },
  ADDRESS_LIMIT: { limit: nothing },
  SESSION_LIMIT: { limit: nothing },
  REJECT_LIMIT: { limit: nothing },
  COUNTERS: { writeDataPoint: nothing },
};

async function readyz(env: object) {
  const response = await createApp().request("/readyz", {}, env as never);
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

describe("readiness", () => {
  test("is without warnings where everything is bound", async () => {
    expect(await readyz({ ...REQUIRED, ...OPTIONAL })).toEqual({ status: 200, answer: { status: "ready", warnings: [] } });
  });

  test.for(Object.keys(OPTIONAL))("goes on without %s, and warns", async (name) => {
    const { status, answer } = await readyz({ ...REQUIRED, ...OPTIONAL, [name]: undefined });
    expect([status, answer]).toEqual([
      200,
      { status: "ready", warnings: [expect.stringMatching(new RegExp(`^${name} is not bound`))] },
    ]);
  });

  test("warns of write keys that a deploy alone can revoke, and shows none", async () => {
    const KEYS = JSON.stringify({ sk_secret: { tenant_id: "t1", kind: "server" } });
    const { status, answer } = await readyz({ ...REQUIRED, ...OPTIONAL, KEYS });
    expect([status, answer["warnings"]]).toEqual([200, [expect.stringMatching(/^KEYS/)]]);
    expect(JSON.stringify(answer)).not.toMatch("sk_secret");
  });

  test.for([
    ["a queue is not bound", { EVENTS: undefined }, /EVENTS/],
    ["a queue is no queue", { REJECTS: "sightline-rejects" }, /REJECTS/],
    ["an optional binding is another thing than expected", { COUNTERS: { limit: nothing } }, /COUNTERS/],
    ["there are relays but no token", { RELAY_TOKEN: "" }, /RELAY_TOKEN/],
    ["a shard has no relay", { EVENTS_1: queue, SHARDS: "2" }, /RELAY_URL: 2 addresses/],
    [
      "a queue more is bound, and nothing says from when on",
      { EVENTS_1: queue },
      /SHARDS: .*1 4@2026-12-01T12:00:00Z; required, since EVENTS_1/,
    ],
    [
      "there are to be more shards than queues",
      { SHARDS: "1 4@2026-12-01T12:00:00Z" },
      /SHARDS: at most 1.*need EVENTS to EVENTS_3/,
    ],
    ["a queue is bound for no shard", { EVENTS_1: queue, SHARDS: 1 }, /SHARDS: at most 2/],
    ["shards are from no time on", { SHARDS: "1@2026-12-01" }, /SHARDS: .*numbers of shards, from 1 to 1000/],
    ["there is no room for a whole body", { BODIES_MAX_BYTES: 1_000_000 }, /BODIES_MAX_BYTES: expected at least 2097152/],
    ["a number is none", { RETRY_DELAY_MAX_SECONDS: "an hour" }, /RETRY_DELAY_MAX_SECONDS/],
  ] as const)("is 503 where %s, by name and without a value", async ([, wrong, name]) => {
    const { status, answer } = await readyz({ ...REQUIRED, ...OPTIONAL, ...wrong });
    expect([status, answer]).toEqual([503, { status: "not ready", expected: expect.stringMatching(name) }]);
    expect(JSON.stringify(answer)).not.toMatch(/very-secret-token|relay\.test|an hour|sightline-rejects/);
  });

  test("is without a relay's address and token where relays pull", async () => {
    const { status } = await readyz({ ...REQUIRED, ...OPTIONAL, RELAY_URL: "", RELAY_TOKEN: undefined });
    expect(status).toBe(200);
  });
});

test("health needs no binding", async () => {
  const response = await createApp().request("/healthz", {}, {} as never);
  expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
});
