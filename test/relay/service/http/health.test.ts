import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { type RunningRelay, runRelay } from "../../../../relay/service/main.ts";
import type { BreakerView } from "../../../../relay/bus/policy/breakers.ts";
import { health, type HealthFacts } from "../../../../relay/service/http/health.ts";
import { deliver, envelope, message, pack } from "../../queue.ts";
import { untilReady } from "../../../services/until-ready.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const golden: unknown = JSON.parse(readFileSync(new URL("../../../wire/health.json", import.meta.url), "utf8"));

const breaker = (name: string, given: Partial<BreakerView>): BreakerView => ({
  name,
  state: "CLOSED",
  failureCount: 0,
  consecutiveSuccesses: 0,
  totalFailures: 0,
  totalSuccess: 0,
  lastFailureTime: undefined,
  denied: [],
  ...given,
});
const facts: HealthFacts = {
  breakers: [
    breaker("cluster", {
      consecutiveSuccesses: 10,
      totalFailures: 2,
      totalSuccess: 100,
      lastFailureTime: "2026-01-01T10:00:00.000Z",
    }),
    breaker("rec.exposure.recorded.v1", {
      state: "OPEN",
      failureCount: 5,
      totalFailures: 5,
      totalSuccess: 95,
      lastFailureTime: "2026-01-01T10:00:05.000Z",
    }),
    breaker("rec.outcome.recorded.v1", { consecutiveSuccesses: 100, totalSuccess: 100 }),
  ],
  notTaking: undefined,
  busOpen: true,
  totals: { taken: 1600, delivered: 1520, duplicates: 70, dead_lettered: 3, redelivered: 30, from_dead_letter_queue: 0, held: 7 },
  consumers: 1,
  config: readConfig({ CRITICAL_TOPICS: "rec.outcome.recorded.v1" }).bus,
};

/** A JSON value with each scalar in the place of its type, and each breaker in the place of all. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return [];
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shapeOf(part)]));
};

describe("the health of the relay", () => {
  test("has the form of the golden file, field by field", () => {
    expect(JSON.parse(JSON.stringify(health(facts)))).toEqual(golden);
    expect(JSON.stringify(health(facts), undefined, 2)).toBe(JSON.stringify(golden, undefined, 2));
  });

  test.each([
    ["all is well", { breakers: facts.breakers.slice(0, 1) }, true],
    ["a topic's breaker is open", {}, false],
    ["the relay takes nothing", { breakers: [], notTaking: "ENABLE_EVENT_BUS is false" }, false],
    ["the bus was given up", { breakers: [], busOpen: false }, false],
  ] as const)("where %s, it says so", (_, given, healthy) => {
    expect(health({ ...facts, ...given } as HealthFacts).healthy).toBe(healthy);
  });

  test("a call that failed is no ping, and a cluster whose breaker is open no healthy adapter", () => {
    const failing = health({ ...facts, breakers: [breaker("cluster", { failureCount: 1 })] }).adapter;
    expect(failing).toMatchObject({ healthy: true, details: { ping_successful: false } });
    const open = health({ ...facts, breakers: [breaker("cluster", { state: "OPEN", failureCount: 5 })] });
    expect(open).toMatchObject({ open_circuits: ["cluster"], adapter: { healthy: false }, healthy: false });
  });

  test("nothing is consumed while nothing is taken", () => {
    expect(health({ ...facts, notTaking: "stopping" }).adapter.details.active_consumers).toBe(0);
  });
});

/** Runs a relay for as long as `work` takes. */
const running = async (env: NodeJS.ProcessEnv, work: (relay: RunningRelay, url: string) => Promise<void>) => {
  const folder = mkdtempSync(join(tmpdir(), "sightline-health-"));
  const relay = await runRelay({ RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent", ...env });
  try {
    await work(relay, `http://127.0.0.1:${relay.port}`);
  } finally {
    await relay.stop();
    rmSync(folder, { recursive: true });
  }
};

describe("GET /health of a running relay", () => {
  test("is 200 with the golden file's fields, and counts what came and went", () =>
    running({}, async (_relay, url) => {
      await untilReady(url);
      await deliver(url, RELAY_TOKEN, [message("m", pack([envelope({ id: "health-001" }), envelope({ id: "health-001" })]))]);
      const answer = await fetch(`${url}/health`);
      expect(answer.status).toBe(200);
      const { circuit_breakers, ...rest } = (await answer.json()) as {
        circuit_breakers: Record<string, unknown>;
        adapter: object;
      };
      const { circuit_breakers: breakers, ...others } = golden as typeof rest & { circuit_breakers: Record<string, unknown> };
      expect(shapeOf(rest)).toEqual(shapeOf(others));
      expect(Object.keys(circuit_breakers)).toEqual(["cluster", "rec.exposure.recorded.v1"]);
      for (const one of Object.values(circuit_breakers)) {
        expect(Object.keys(one as object)).toEqual(Object.keys(breakers["cluster"] as object));
      }
      expect(rest.adapter).toMatchObject({
        healthy: true,
        details: { messages_sent: 1, messages_received: 2, active_consumers: 1 },
      });
    }));

  test("is 503 where the bus is switched off", () =>
    running({ ENABLE_EVENT_BUS: "false" }, async (_relay, url) => {
      const answer = await fetch(`${url}/health`);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({
        healthy: false,
        adapter: { healthy: false, details: { producer_started: false } },
      });
    }));
});
