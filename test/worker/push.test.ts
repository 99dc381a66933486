import { createServer, type IncomingMessage as HttpRequest, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readDelivery, type Delivery } from "../../worker/src/envelope/delivery.ts";
import { readRetryAfter } from "../../worker/src/lib/read-retry-after.ts";
import { push } from "../../worker/src/out/push.ts";
import { isDeadLetterQueue, shardOf } from "../../worker/src/out/queue-name.ts";
import { retryDelay } from "../../worker/src/out/retry-delay.ts";

const HOUR = 3600;
const FOUR_DAYS = 4 * 24 * HOUR;

/** What happened to a message: `acked`, or the seconds until it comes again. */
type Fate = "acked" | number;

function batchOf(queue: string, ids: string[], attempts = 1) {
  const fates: Record<string, Fate> = {};
  const messages = ids.map((id) => ({
    id,
    attempts,
    timestamp: new Date("2026-01-01T10:00:00Z"),
    body: `{"pack":"${id}"}`,
    ack: () => void (fates[id] ??= "acked"),
    retry: ({ delaySeconds }: { delaySeconds: number }) => void (fates[id] ??= delaySeconds),
  }));
  return { batch: { queue, messages }, fates };
}

const closers: (() => void)[] = [];

/** A relay's place on the network: answers each delivery as it is told. */
async function server(answer: (delivery: Delivery, response: ServerResponse) => void) {
  const deliveries: Delivery[] = [];
  const http = createServer(async (request: HttpRequest, response: ServerResponse) => {
    const delivery = readDelivery(await text(request));
    deliveries.push(delivery);
    answer(delivery, response);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  closers.push(() => (http.closeAllConnections(), http.close()));
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, deliveries };
}

const ackAll = ({ messages }: Delivery, response: ServerResponse): void =>
  void response.end(JSON.stringify({ verdicts: messages.map(({ id }) => ({ id, verdict: "ack" })) }));
const refuse =
  (status: number, headers: Record<string, string> = {}) =>
  (_: Delivery, response: ServerResponse) =>
    response.writeHead(status, headers).end();
const settings = (...relayUrls: string[]) => ({ relayUrls, relayToken: "relay-secret", retryDelayMaxSeconds: HOUR });

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  vi.restoreAllMocks();
});

const sum = (seconds: number[]) => seconds.reduce((total, one) => total + one, 0);
const waits = (random: () => number) =>
  Array.from({ length: 100 }, (_, i) => retryDelay({ attempts: i + 1, wanted: 0, most: HOUR }, random));

describe("the waits of a message", () => {
  test("grow eightfold from a second to an hour, and 100 of them outlast four days", () => {
    const least = waits(() => 0);
    expect(least.slice(0, 6)).toEqual([1, 8, 64, 512, HOUR, HOUR]);
    expect(sum(least)).toBeGreaterThan(FOUR_DAYS);
    expect(Math.max(...waits(() => 0.999))).toBe(HOUR);
  });

  test("are spread by chance, upwards only", () => {
    const [least, most] = [waits(() => 0), waits(() => 0.999)];
    expect(most.slice(1, 4)).toEqual([12, 96, 768]);
    expect(least.every((wait, i) => wait <= (most[i] ?? 0))).toBe(true);
  });

  test("are never less than the relay asks for nor than the growth, and never over the most", () => {
    const wait = (attempts: number, wanted: number, most = HOUR) => retryDelay({ attempts, wanted, most }, () => 0);
    expect([wait(1, 30), wait(3, 30), wait(1, 9999), wait(9, 5, 60), wait(100, 0), wait(1, 0.2)]).toEqual([
      30,
      64,
      HOUR,
      60,
      HOUR,
      1,
    ]);
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-01-01T10:00:00Z");
  test.for([
    ["120", 120],
    ["Thu, 01 Jan 2026 10:01:30 GMT", 90],
    ["Thu, 01 Jan 2026 09:00:00 GMT", 0],
    ["soon", 0],
    ["-5", 0],
    ["", 0],
    [null, 0],
  ] as const)("%j is %d seconds", ([header, seconds]) => {
    expect(readRetryAfter(header, now)).toBe(seconds);
  });
});

describe("a queue's name", () => {
  test.for([
    ["sightline-events", 0, false],
    ["sightline-events-dlq", 0, true],
    ["sightline-events-2", 2, false],
    ["sightline-events-2-dlq", 2, true],
    ["sightline-events-12-dlq", 12, true],
    ["sightline-rejects", 0, false],
    ["sightline-rejects-dlq", 0, true],
    ["sightline-parked", 0, true],
    ["sightline-parked-1", 1, true],
  ] as const)("%s is of shard %d; holds dead letters: %s", ([queue, shard, dead]) => {
    expect([shardOf(queue), isDeadLetterQueue(queue)]).toEqual([shard, dead]);
  });
});

describe("a push", () => {
  test("goes to the relay of the queue's shard, refused events and dead letters too", async () => {
    const [first, second] = [await server(ackAll), await server(ackAll)];
    const to = settings(first.url, second.url);
    for (const queue of ["sightline-events", "sightline-events-1", "sightline-events-1-dlq", "sightline-rejects-dlq"]) {
      const { batch, fates } = batchOf(queue, ["a"]);
      await push(batch, to);
      expect(fates).toEqual({ a: "acked" });
    }
    expect(first.deliveries.map(({ queue }) => queue)).toEqual(["sightline-events", "sightline-rejects-dlq"]);
    expect(second.deliveries.map(({ queue }) => queue)).toEqual(["sightline-events-1", "sightline-events-1-dlq"]);
  });

  test("for which no relay is set is retried, and the log says what to set", async () => {
    const { batch, fates } = batchOf("sightline-events", ["a"], 5);
    await push(batch, settings());
    expect(fates).toEqual({ a: HOUR });
    expect(String(vi.mocked(console.error).mock.calls)).toMatch(/RELAY_URL.*shard 0/);
  });

  test("acks and retries each message by its own verdict, and retries those that have none", async () => {
    const { url } = await server((_, response) =>
      response.end(
        JSON.stringify({
          verdicts: [
            { id: "a", verdict: "ack" },
            { id: "b", verdict: "retry", delay_seconds: 60, reason: "" },
          ],
        }),
      ),
    );
    const { batch, fates } = batchOf("sightline-events", ["a", "b", "c"], 2);
    await push(batch, settings(url));
    expect(fates).toEqual({ a: "acked", b: 60, c: expect.toSatisfy((wait: number) => wait >= 8 && wait <= 12) });
  });

  test.for([
    ["seconds", (): string => "600"],
    ["an HTTP date", (): string => new Date(Date.now() + 601_500).toUTCString()],
  ] as const)("to a relay that is busy waits as long as it asks for in %s", async ([, header]) => {
    const { url } = await server(refuse(503, { "retry-after": header() }));
    const { batch, fates } = batchOf("sightline-events", ["a"]);
    await push(batch, settings(url));
    expect(fates["a"]).toBeGreaterThanOrEqual(600);
    expect(fates["a"]).toBeLessThanOrEqual(602);
  });

  test("that is too large is cut in halves until it fits, and a message that alone is too large is retried", async () => {
    const { url, deliveries } = await server((delivery, response) => {
      const { messages } = delivery;
      if (messages.length > 2 || messages.some(({ id }) => id === "huge")) response.writeHead(413).end();
      else ackAll(delivery, response);
    });
    const { batch, fates } = batchOf("sightline-events", ["a", "b", "huge", "c", "d"], 3);
    await push(batch, settings(url));
    expect(fates).toEqual({
      a: "acked",
      b: "acked",
      c: "acked",
      d: "acked",
      huge: expect.toSatisfy((wait: number) => wait >= 64),
    });
    expect(deliveries.map(({ messages }) => messages.map(({ id }) => id).join())).toEqual([
      "a,b,huge,c,d",
      "a,b,huge",
      "a,b",
      "huge",
      "c,d",
    ]);
  });

  test("follows no redirect: the token stays with the relay", async () => {
    const elsewhere = await server(ackAll);
    const { url } = await server(refuse(307, { location: `${elsewhere.url}/v1/deliveries` }));
    const { batch, fates } = batchOf("sightline-events", ["a"]);
    await push(batch, settings(url));
    expect(elsewhere.deliveries).toEqual([]);
    expect(fates["a"]).toBeTypeOf("number");
    expect(String(vi.mocked(console.warn).mock.calls)).toMatch(/307.*RELAY_URL/);
  });

  test("whose token the relay refuses is an error in the log that says what to check, without the token", async () => {
    const { url } = await server(refuse(401));
    const { batch, fates } = batchOf("sightline-events", ["a"]);
    await push(batch, settings(url));
    expect(fates["a"]).toBeTypeOf("number");
    const logged = String(vi.mocked(console.error).mock.calls);
    expect(logged).toMatch("RELAY_TOKEN");
    expect(logged).not.toMatch("relay-secret");
  });

  test("to a relay that is not there is retried", async () => {
    const { batch, fates } = batchOf("sightline-events", ["a"], 9);
    await push(batch, settings("http://127.0.0.1:1"));
    expect(fates).toEqual({ a: HOUR });
  });
});
