import { createHash } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { createApp } from "../../worker/src/app.ts";
import { SEND_MAX_BYTES, SEND_MAX_MESSAGES, sendLines } from "../../worker/src/out/send.ts";
import type { OutgoingMessage } from "../../worker/src/out/queue.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { validEvents } from "../wire/load.ts";

const metrics = async () => ({ backlogBytes: 0 });

/** Cloudflare's queue, which no local runtime lets fail: confirms, refuses or hangs as it is told, and keeps what it confirmed. */
function queueThat(behave: (call: number) => "confirms" | "refuses" | "hangs") {
  const sent: OutgoingMessage[][] = [];
  const kept: string[] = [];
  const sendBatch = async (messages: Iterable<OutgoingMessage>) => {
    const batch = [...messages];
    sent.push(batch);
    const outcome = behave(sent.length - 1);
    if (outcome === "refuses") throw new Error("Queue sendBatch failed: Too Many Requests");
    if (outcome === "hangs") await new Promise(() => undefined);
    kept.push(...batch.map(({ body }) => body));
    return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
  };
  return { sent, kept, sendBatch, metrics };
}
const confirms = () => "confirms" as const;
const refuses = () => "refuses" as const;
const hangs = () => "hangs" as const;

const outlet = (queue: ReturnType<typeof queueThat>) => ({
  queues: [queue],
  layouts: [{ from: -Infinity, shards: 1 }],
  late: new Promise<void>((resolve) => setTimeout(resolve, 20)),
  waitUntil: () => undefined,
});

const linesIn = ({ kept }: { kept: string[] }) => kept.flatMap((text) => readPack(text).lines);

/** Text that gzip does not make smaller, so that there are several packs, and several sends. */
const noise = (seed: number): string => createHash("shake256", { outputLength: 15_000 }).update(String(seed)).digest("base64");

const KEYS = JSON.stringify({ sk_test: { tenant_id: "t1", kind: "server" } });
const golden = new Map(validEvents().map(({ name, event }) => [name, event]));
const good = { ...golden.get("click"), event_id: "event_01" };
const other = { ...golden.get("click"), event_id: "event_02" };
const bad = { ...good, event_id: "event_03", item_id: "" };

async function post(body: object, events: ReturnType<typeof queueThat>, rejects = queueThat(confirms)) {
  const env = { EVENTS: events, REJECTS: rejects, KEYS, RELAY_URL: "http://relay.test", RELAY_TOKEN: "t", SEND_TIMEOUT_MS: 20 };
  const outlived: Promise<unknown>[] = [];
  const context = { waitUntil: (work: Promise<unknown>) => outlived.push(work), passThroughOnException() {}, props: {} };
  const headers = { authorization: "Bearer sk_test", "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await createApp().request("/v1/events", request, env as never, context as never);
  return { status: response.status, retryAfter: response.headers.get("retry-after"), answer: await response.json(), outlived };
}

describe("a response says only what the queue confirmed", () => {
  test.for([
    ["refuses", refuses],
    ["hangs", hangs],
  ] as const)("where the queue %s, all of a batch is to be sent again", async ([, behave]) => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { status, retryAfter, answer, outlived } = await post({ events: [good, other, good] }, queueThat(behave));
    expect(status).toBe(503);
    expect(Number(retryAfter)).toBeGreaterThan(0);
    const retry = { error: "queue_unavailable", retryable: true };
    expect(answer).toMatchObject({
      accepted: 0,
      rejected: 3,
      duplicates: 0,
      errors: [
        { index: 0, event_id: "event_01", ...retry },
        { index: 1, event_id: "event_02", ...retry },
        { index: 2, event_id: "event_01", ...retry },
      ],
    });
    expect(outlived).toHaveLength(1);
  });

  test("a single event gets 503 by the error contract", async () => {
    const { status, retryAfter, answer } = await post(good, queueThat(hangs));
    expect([status, answer]).toMatchObject([503, { error: { code: "queue_unavailable" } }]);
    expect(Number(retryAfter)).toBeGreaterThan(0);
  });

  test("beside a refused event, what the queue did not take is retryable and the refusal stands", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { status, answer } = await post({ events: [good, bad] }, queueThat(refuses));
    expect(status).toBe(207);
    expect(answer).toMatchObject({
      errors: [
        { index: 0, error: "queue_unavailable", retryable: true },
        { index: 1, error: "invalid_item_id", retryable: false },
      ],
    });
  });

  test("a refusal that cannot be recorded is to be sent again, and the good event beside it is taken", async () => {
    const events = queueThat(confirms);
    const { status, answer } = await post({ events: [good, bad] }, events, queueThat(hangs));
    expect(status).toBe(207);
    expect(answer).toMatchObject({
      accepted: 1,
      rejected: 1,
      errors: [{ index: 1, error: "queue_unavailable", retryable: true }],
    });
    expect(events.kept).toHaveLength(1);
  });

  test("a Worker whose settings are wrong loses nothing: 503, and the fault is named without its value", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const response = await createApp().request("/events", { method: "POST" }, {
      KEYS: "{secret",
      RELAY_TOKEN: "secret",
      RELAY_URL: "secret",
    } as never);
    expect(response.status).toBe(503);
    expect(String(logged.mock.calls)).toMatch(/EVENTS.*REJECTS.*KEYS.*RELAY_URL/);
    expect(String(logged.mock.calls)).not.toMatch(/secret/);
  });
});

describe("sending", () => {
  const header = { tenant_id: "t1", kind: "events", received_at: "2026-01-01T10:00:05.000Z" } as const;
  const lines = Array.from({ length: 40 }, (_, i) => JSON.stringify({ i, fill: noise(i) }));
  const keyed = lines.map((line, i) => ({ line, bytes: Buffer.byteLength(line), partitionKey: `request_${i}`, at: 0 }));

  test("keeps to the queue's limits, as text", async () => {
    const queue = queueThat(confirms);
    expect(await sendLines(keyed, header, outlet(queue))).toEqual(lines.map(() => true));
    expect(queue.sent.length).toBeGreaterThan(1);
    for (const batch of queue.sent) {
      expect(batch.length).toBeLessThanOrEqual(SEND_MAX_MESSAGES);
      expect(batch.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)).toBeLessThanOrEqual(SEND_MAX_BYTES);
      expect(batch.every(({ contentType }) => contentType === "text")).toBe(true);
    }
    expect(linesIn(queue)).toEqual(lines);
  });

  test("of chunks of which one hangs and one is refused tells which lines are confirmed", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const queue = queueThat((call) => (["hangs", "confirms", "refuses"] as const)[call] ?? "confirms");
    const confirmed = await sendLines(keyed, header, outlet(queue));
    const kept = new Set(linesIn(queue));
    expect(confirmed).toEqual(lines.map((line) => kept.has(line)));
    expect(confirmed).toContain(true);
    expect(confirmed).toContain(false);
  });

  const never = new Promise<never>(() => undefined);

  test("is done once more where the queue refused, within the time that it has", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const once = queueThat((call) => (call === 0 ? "refuses" : "confirms"));
    expect(await sendLines(keyed.slice(0, 2), header, { ...outlet(once), late: never })).toEqual([true, true]);
    const stubborn = queueThat(refuses);
    expect(await sendLines(keyed.slice(0, 2), header, { ...outlet(stubborn), late: never })).toEqual([false, false]);
    expect(stubborn.sent).toHaveLength(2);
  });

  test("to shards keeps all of a partition key in one queue, and tells by line what each confirmed", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const [first, second, third] = [queueThat(confirms), queueThat(hangs), queueThat(confirms)];
    const many = Array.from({ length: 300 }, (_, i) => ({
      line: `{"i":${i}}`,
      bytes: 8,
      partitionKey: `request_${i % 30}`,
      at: 0,
    }));
    const confirmed = await sendLines(many, header, {
      ...outlet(first),
      queues: [first, second, third],
      layouts: [{ from: -Infinity, shards: 3 }],
    });
    const kept = new Set([first, second, third].flatMap(linesIn));
    expect(confirmed).toEqual(many.map(({ line }) => kept.has(line)));
    const shardOf = new Map<string, object>();
    for (const queue of [first, third]) {
      expect(queue.kept.length).toBeGreaterThan(0);
      for (const { partitionKey } of many.filter((one) => linesIn(queue).includes(one.line))) {
        expect(shardOf.get(partitionKey) ?? queue).toBe(queue);
        shardOf.set(partitionKey, queue);
      }
    }
    expect(shardOf.size).toBeLessThan(30);
    expect(many.filter(({ partitionKey }) => shardOf.has(partitionKey)).every(({ line }) => kept.has(line))).toBe(true);
  });

  test("of nothing calls no queue", async () => {
    const queue = queueThat(refuses);
    expect(await sendLines([], header, outlet(queue))).toEqual([]);
    expect(queue.sent).toEqual([]);
  });
});
