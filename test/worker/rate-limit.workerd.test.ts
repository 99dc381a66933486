import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { HIGH_LIMITS } from "../services/collector.ts";
import type { Envelope, Rejection } from "../../worker/src/envelope/envelope.ts";
import { validEvents } from "../wire/load.ts";
import { keyedCollector, type KeyedCollector } from "./keyed-collector.ts";

const click = validEvents().find(({ name }) => name === "click")?.event ?? {};
const LIMIT = 4;
/** Enough to be over the limit even where a period of the limiter ends under way: two periods let 2 × LIMIT through. */
const FLOOD = 3 * LIMIT;

const key = (kind: "web" | "server", tenant_id = "t1") => ({ tenant_id, kind, ...(kind === "web" && { origins: ["*"] }) });
const KEYS = JSON.stringify({ wk_a: key("web"), wk_b: key("web"), wk_c: key("web"), sk_a: key("server"), sk_b: key("server") });

const batch = (session_id: string) => ({ v: 1, session_id, events: [click] });
const parted = (...sessions: string[]) => ({ v: 2, parts: sessions.map((session_id) => ({ session_id, events: [click] })) });

const bad = (n: number) => ({ ...click, event_id: `refused_${n}`, item_id: undefined });

interface Sent {
  web?: string;
  bearer?: string;
  body?: object;
  address?: string;
}

async function post(collector: KeyedCollector, { web, bearer, body = click, address }: Sent) {
  const response = await fetch(`${collector.url}/v1/events${web === undefined ? "" : `?k=${web}`}`, {
    method: "POST",
    headers: {
      "content-type": "text/plain",
      ...(bearer === undefined && { origin: "https://shop.example" }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(address !== undefined && { "cf-connecting-ip": address }),
    },
    body: JSON.stringify(body),
  });
  const { error } = (await response.json()) as { error?: { code: string; details: object } };
  return { status: response.status, error, headers: response.headers };
}

/** Posts the same many times; returns how many were let through, and a refusal. */
async function flood(collector: KeyedCollector, sent: Sent) {
  const answers = await Promise.all(Array.from({ length: FLOOD }, () => post(collector, sent)));
  return {
    through: answers.filter(({ status }) => status !== 429).length,
    refused: answers.find(({ status }) => status === 429),
  };
}

describe("the limit by key", () => {
  let collector: KeyedCollector;
  beforeAll(async () => {
    collector = await keyedCollector({ vars: { KEYS }, limits: { ...HIGH_LIMITS, KEY_LIMIT: LIMIT } });
  });
  afterAll(() => collector.close());

  test("refuses what is above it: 429 with a Retry-After of seconds that a page can read", async () => {
    const { through, refused } = await flood(collector, { web: "wk_a" });
    expect(through).toBeGreaterThanOrEqual(LIMIT);
    expect(through).toBeLessThanOrEqual(2 * LIMIT);
    expect(refused?.error).toMatchObject({ code: "rate_limited", details: { limit: "key" } });
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(refused?.headers.get("access-control-allow-origin")).toBe("https://shop.example");
    expect(refused?.headers.get("access-control-expose-headers")).toBe("Retry-After");
  });

  test("is each key's own, and holds for backends too", async () => {
    expect((await flood(collector, { bearer: "sk_a" })).refused?.error?.details).toEqual({ limit: "key" });
    expect(await post(collector, { bearer: "sk_b" })).toMatchObject({ status: 202 });
  });

  test("counts keys that are not known by the client's address, before KV is asked for them", async () => {
    const tried = Array.from({ length: FLOOD }, (_, n) => `wk_guess_${n}_0123456789`);
    const address = "2001:db8:7:7::1";
    const answers = await Promise.all(tried.map((web) => post(collector, { web, address })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
    expect(answers.find(({ status }) => status === 429)?.error?.details).toEqual({ limit: "address" });
    const other = await post(collector, { web: "wk_guess_0123456789", address: "2001:db8:7:8::1" });
    expect(other.status).toBe(401);
  });

  test("sees one client in the addresses of one IPv6 network", async () => {
    const addresses = Array.from({ length: FLOOD }, (_, n) => `2001:db8:9:9::${n + 1}`);
    const answers = await Promise.all(addresses.map((address) => post(collector, { web: "wk_guess_0123456789", address })));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(FLOOD - 2 * LIMIT);
  });

  test("lets a known key through from an address that tries many that are not", async () => {
    const address = "203.0.113.40";
    expect(await post(collector, { web: "wk_b", address })).toMatchObject({ status: 202 });
    expect((await flood(collector, { web: "wk_guess_0123456789", address })).refused).toBeDefined();
    expect(await post(collector, { web: "wk_b", address })).toMatchObject({ status: 202 });
  });
});

describe("the limit by address", () => {
  let collector: KeyedCollector;
  beforeAll(async () => {
    collector = await keyedCollector({
      vars: { KEYS },
      limits: { ...HIGH_LIMITS, ADDRESS_LIMIT: LIMIT, KEY_LIMIT: 2 * LIMIT + 1 },
    });
  });
  afterAll(() => collector.close());

  test("keeps one visitor, whatever sessions it makes up, from using up what the key has for all", async () => {
    const address = "203.0.113.50";
    const posts = Array.from({ length: FLOOD }, (_, n) => ({
      web: "wk_a",
      address,
      body: { session_id: `made_up_${n}`, events: [] },
    }));
    const answers = await Promise.all(posts.map((sent) => post(collector, sent)));
    expect(new Set(answers.map(({ error }) => error?.code))).toEqual(new Set(["empty_batch", "rate_limited"]));
    expect(answers.find(({ status }) => status === 429)?.error).toMatchObject({
      code: "rate_limited",
      details: { limit: "address" },
    });
    expect(await post(collector, { web: "wk_a", address: "203.0.113.51" })).toMatchObject({ status: 202 });
  });

  test("does not hold for backends", async () => {
    // A window that ends in the middle of a flood lets all of it through.
    await vi.waitFor(async () => {
      const { refused } = await flood(collector, { bearer: "sk_a", address: "203.0.113.52" });
      expect(refused?.error?.details).toEqual({ limit: "key" });
    }, 10_000);
  });
});

describe("the limit by session", () => {
  let collector: KeyedCollector;
  beforeAll(async () => {
    collector = await keyedCollector({ vars: { KEYS }, limits: { ...HIGH_LIMITS, SESSION_LIMIT: LIMIT } });
  });
  afterAll(() => collector.close());

  test("is each session's own, and each key's", async () => {
    const { through, refused } = await flood(collector, { web: "wk_a", body: batch("session_one") });
    expect(through).toBeLessThanOrEqual(2 * LIMIT);
    expect(refused?.error).toMatchObject({ code: "rate_limited", details: { limit: "session" } });
    expect(await post(collector, { web: "wk_a", body: batch("session_two") })).toMatchObject({ status: 202 });
    expect(await post(collector, { web: "wk_b", body: batch("session_one") })).toMatchObject({ status: 202 });
  });

  test("counts a request of several sessions once, by the first", async () => {
    const { refused } = await flood(collector, { web: "wk_a", body: parted("session_old", "session_new") });
    expect(refused?.error?.details).toEqual({ limit: "session" });
    expect(await post(collector, { web: "wk_a", body: parted("session_new", "session_old") })).toMatchObject({ status: 202 });
  });

  test("goes by the client's address where a page names no session", async () => {
    const { refused } = await flood(collector, { web: "wk_c", address: "203.0.113.1" });
    expect(refused?.error?.details).toEqual({ limit: "session" });
    expect(await post(collector, { web: "wk_c", address: "203.0.113.2" })).toMatchObject({ status: 202 });
  });

  test("does not hold for backends, which send for many", async () => {
    expect((await flood(collector, { bearer: "sk_a", body: batch("session_one") })).refused).toBeUndefined();
  });
});

describe("the limit of what is recorded as refused", () => {
  let collector: KeyedCollector;
  beforeAll(async () => {
    collector = await keyedCollector({ vars: { KEYS }, limits: { ...HIGH_LIMITS, REJECT_LIMIT: LIMIT } });
  });
  afterAll(() => collector.close());

  test("leaves every response as it is, and records no more of a key's refusals", async () => {
    const numbers = Array.from({ length: FLOOD }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => post(collector, { bearer: "sk_a", body: bad(n) })));
    expect(answers.map(({ status, error }) => [status, error?.code])).toEqual(numbers.map(() => [400, "missing_item_id"]));
    // Another key's refusal is behind them in the queue.
    await post(collector, { bearer: "sk_b", body: bad(FLOOD) });
    const recorded = () =>
      collector.relay.envelopes<Envelope<Rejection>>("sightline-rejects").map(({ payload }) => payload.event_id);
    await vi.waitUntil(() => recorded().includes(`refused_${FLOOD}`), { timeout: 10_000 });
    const ofKey = recorded().length - 1;
    expect(ofKey).toBeGreaterThanOrEqual(LIMIT);
    expect(ofKey).toBeLessThanOrEqual(2 * LIMIT);
  });
});
