import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openQueueStore, type QueueSettings } from "../../../relay/queue-emulator/queue-store.ts";
import { ACCOUNT, openQueues, QUEUES, type Queues } from "../../contract/source/queues.ts";

interface Pulled {
  id: string;
  body: string;
  attempts: number;
  timestamp_ms: number;
  lease_id: string;
  metadata: Record<string, string>;
}

const text = (body: string, more: object = {}) => ({ body, content_type: "text", ...more });

describe("the queue emulator", () => {
  let queues: Queues;
  beforeEach(async () => {
    queues = await openQueues({ maxRetries: 2 });
  });
  afterEach(() => queues.close());

  const call = async (path: string, body?: unknown, token = ACCOUNT.token, queue: string = QUEUES[0]) => {
    const { apiUrl, ids } = queues.emulator;
    const response = await fetch(`${apiUrl}/accounts/${ACCOUNT.accountId}/queues/${ids.get(queue) ?? queue}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}` },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    const { success, errors, result } = (await response.json()) as { success: boolean; errors: unknown[]; result: unknown };
    return { status: response.status, success, errors, result };
  };
  const pull = async (options: object = {}, queue?: string): Promise<Pulled[]> =>
    ((await call("/messages/pull", options, ACCOUNT.token, queue)).result as { messages: Pulled[] }).messages;

  test("hands out what was put in, in order and leased, in the shape of Cloudflare's response", async () => {
    const sent = await call("/messages", text("one"));
    expect(sent).toMatchObject({
      status: 200,
      success: true,
      result: { metadata: { metrics: { backlog_count: 1, backlog_bytes: 3 } } },
    });
    await call("/messages/batch", { messages: [text("two"), { body: { three: 3 } }] });
    const { result } = await call("/messages/pull", { batch_size: 10 });
    expect(result).toMatchObject({
      message_backlog_count: 3,
      messages: [
        { body: "one", attempts: 1, metadata: { "CF-Content-Type": "text" } },
        { body: "two" },
        { body: Buffer.from('{"three":3}').toString("base64"), metadata: { "CF-Content-Type": "json" } },
      ],
      metadata: { metrics: { backlog_count: 3 } },
    });
    const [message] = (result as { messages: Pulled[] }).messages;
    expect(Object.keys(message ?? {}).toSorted()).toEqual(["attempts", "body", "id", "lease_id", "metadata", "timestamp_ms"]);
    expect(Math.abs(Date.now() - (message?.timestamp_ms ?? 0))).toBeLessThan(60_000);
    expect(await pull()).toEqual([]);
  });

  test("hands out five messages where no number is asked for, and a hundred at most", async () => {
    queues.put(Array.from({ length: 120 }, (_, i) => `message ${i}`));
    expect(await pull()).toHaveLength(5);
    expect(await pull({ batch_size: 100 })).toHaveLength(100);
    expect(await call("/messages/pull", { batch_size: 101 })).toMatchObject({ status: 400, success: false });
  });

  test("delivers a message again when its lease has ended, half a minute where nothing is said, and counts", async () => {
    queues.put(["one"]);
    const [first] = await pull();
    queues.advance(29);
    expect(await pull()).toEqual([]);
    queues.advance(2);
    const [second] = await pull({ visibility_timeout_ms: 5_000 });
    expect(second).toMatchObject({ id: first?.id, attempts: 2 });
    expect(second?.lease_id).not.toBe(first?.lease_id);
    queues.advance(6);
    expect(await pull()).toMatchObject([{ attempts: 3 }]);
  });

  test("takes an ack after the lease has ended and the message is out again, and warns", async () => {
    queues.put(["one"]);
    const [first] = await pull();
    queues.advance(31);
    const [second] = await pull();
    const late = await call("/messages/ack", { acks: [{ lease_id: first?.lease_id }], retries: [] });
    expect(late.result).toEqual({
      ackCount: 1,
      retryCount: 0,
      warnings: { [first?.lease_id ?? ""]: expect.stringContaining("expired") },
    });
    expect(queues.lying()).toEqual([]);
    const again = await call("/messages/ack", { acks: [{ lease_id: second?.lease_id }] });
    expect(again.result).toMatchObject({ ackCount: 0, warnings: { [second?.lease_id ?? ""]: expect.any(String) } });
  });

  test("keeps what is retried for its delay, and acks in the same request", async () => {
    queues.put(["done", "later", "now"]);
    const [done, later, now] = await pull();
    const { result } = await call("/messages/ack", {
      acks: [{ lease_id: done?.lease_id }],
      retries: [{ lease_id: later?.lease_id, delay_seconds: 100 }, { lease_id: now?.lease_id }],
    });
    expect(result).toEqual({ ackCount: 1, retryCount: 2, warnings: {} });
    expect(await pull()).toMatchObject([{ body: "now" }]);
    queues.advance(101);
    expect(await pull({ batch_size: 1 })).toMatchObject([{ body: expect.stringMatching(/later|now/) }]);
  });

  test("does not retry by a lease that is not in force any more", async () => {
    queues.put(["one"]);
    const [first] = await pull();
    queues.advance(31);
    await pull();
    const { result } = await call("/messages/ack", { retries: [{ lease_id: first?.lease_id }] });
    expect(result).toMatchObject({ retryCount: 0, warnings: { [first?.lease_id ?? ""]: expect.any(String) } });
    expect(queues.lying()).toMatchObject([{ leased: true }]);
  });

  test("moves a message to the dead-letter queue when its retries are used up, and from there it is gone", async () => {
    queues.put(["one"]);
    for (let delivery = 1; delivery <= 3; delivery++) {
      const [message] = await pull();
      expect(message?.attempts).toBe(delivery);
      await call("/messages/ack", { retries: [{ lease_id: message?.lease_id }] });
    }
    expect(queues.lying()).toMatchObject([{ queue: QUEUES[1], attempts: 0 }]);
    for (let delivery = 1; delivery <= 3; delivery++) {
      expect(await pull({}, QUEUES[1])).toMatchObject([{ body: "one", attempts: delivery }]);
      queues.advance(31);
    }
    expect(await pull({}, QUEUES[1])).toEqual([]);
    expect(queues.lying()).toEqual([]);
  });

  test("delays what is sent with a delay, its own before its batch's", async () => {
    await call("/messages/batch", { delay_seconds: 100, messages: [text("own", { delay_seconds: 10 }), text("batch")] });
    expect(await pull()).toEqual([]);
    queues.advance(11);
    expect(await pull()).toMatchObject([{ body: "own" }]);
    queues.advance(90);
    expect((await pull()).map(({ body }) => body)).toContain("batch");
  });

  test("refuses what Cloudflare refuses: another token, queue or account, and what is too large", async () => {
    expect(await call("", undefined, "another")).toMatchObject({ status: 401, success: false, errors: [{ code: 10_000 }] });
    expect(await call("/messages/pull", {}, ACCOUNT.token, "nobody")).toMatchObject({ status: 404, success: false });
    const { apiUrl, ids } = queues.emulator;
    const elsewhere = await fetch(`${apiUrl}/accounts/another/queues/${ids.get(QUEUES[0])}`, {
      headers: { authorization: `Bearer ${ACCOUNT.token}` },
    });
    expect(elsewhere.status).toBe(404);
    expect(await call("/messages", text("x".repeat(128_001)))).toMatchObject({ status: 413 });
    expect(await call("/messages/batch", { messages: [1, 2, 3].map(() => text("x".repeat(100_000))) })).toMatchObject({
      status: 413,
    });
    expect(await call("/messages", "no json")).toMatchObject({ status: 400 });
    expect(await call("/messages", text("x", { delay_seconds: 43_201 }))).toMatchObject({ status: 400 });
    expect(queues.lying()).toEqual([]);
  });

  test("says a queue's name, and lists them", async () => {
    expect(await call("")).toMatchObject({ result: { queue_name: QUEUES[0], queue_id: queues.emulator.ids.get(QUEUES[0]) } });
  });
});

describe("queues on the disk", () => {
  const settings: QueueSettings[] = [{ name: "q", maxRetries: 3, deliveryDelay: 0, retryDelay: 0 }];

  test("keep what they were given, and who holds it, over a restart", () => {
    const dataDir = mkdtempSync(join(tmpdir(), "sightline-queues-"));
    const before = openQueueStore({ dataDir, queues: settings });
    before.send("q", [
      { body: "held", contentType: "text" },
      { body: "waiting", contentType: "text" },
    ]);
    const [held] = before.pull("q", 1, 60_000);
    before.close();
    const after = openQueueStore({ dataDir, queues: settings });
    expect(after.pull("q", 10, 60_000).map(({ body }) => body)).toEqual(["waiting"]);
    expect(after.settle("q", { acks: [held?.leaseId ?? ""], retries: [] })).toEqual({ acked: 1, retried: 0, warnings: {} });
    expect(after.backlog("q").count).toBe(1);
    after.close();
    rmSync(dataDir, { recursive: true });
  });

  test("are refused with a dead-letter queue that is not there", () => {
    const queues = settings.map((queue) => ({ ...queue, deadLetterQueue: "nowhere" }));
    expect(() => openQueueStore({ dataDir: join(tmpdir(), "never-made"), queues })).toThrow("got nowhere");
  });
});
