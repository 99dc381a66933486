/** What the pull source alone does: over the queue emulator, and where Cloudflare's API fails, over a server that fails as told. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Delivery, Verdict } from "../../../../worker/src/envelope/delivery.ts";
import { createPullSource, type PullSource } from "../../../../relay/service/source/pull.ts";
import { POLL, pollDelayMs, troubleDelayMs } from "../../../../relay/service/source/pace.ts";
import { createQueueClient } from "../../../../relay/service/source/queue-client.ts";
import { readQueueIds } from "../../../../relay/service/settings/queue-ids.ts";
import { visibilityMs } from "../../../../relay/service/source/visibility.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { ACCOUNT, openQueues, QUEUES, type Queues } from "../../../contract/source/queues.ts";

const PATIENCE = { timeout: 15_000, interval: 10 };
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, PATIENCE);
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString("base64");
const minutes = (env: NodeJS.ProcessEnv): number => visibilityMs(readConfig(env).bus.policy) / 60_000;
const ackAll = ({ messages }: Delivery<Buffer>): Verdict[] => messages.map(({ id }) => ({ id, verdict: "ack" }));
/** Shorter pauses than the relay's, where a test waits for what comes after one. */
const PACE = { ...POLL, firstMs: 5, mostMs: 20, failedMs: 10, refusedMs: 50 };

/** What a response of the API is to be in the place of the emulator's: a status, or nothing at all. */
interface Fault {
  status: number | "cut";
  headers?: Record<string, string>;
}

/** Stands between source and emulator: fails requests as it is told, hands on the others, and writes down all. */
async function faultyApi(target: string, faultOf: (request: { path: string; number: number }) => Fault | undefined) {
  const requests: { path: string; body: Record<string, unknown>; at: number }[] = [];
  const server = createServer(async (request, response) => {
    const { url = "", method = "GET", headers } = request;
    const body = (method === "POST" ? await json(request) : {}) as Record<string, unknown>;
    const path = url.split("/").slice(-1)[0] ?? "";
    requests.push({ path, body, at: Date.now() });
    const fault = faultOf({ path, number: requests.filter((earlier) => earlier.path === path).length });
    if (fault?.status === "cut") return void response.destroy();
    if (fault)
      return void response.writeHead(fault.status as number, fault.headers).end('{"errors":[{"code":7,"message":"as told"}]}');
    const { authorization = "" } = headers;
    const answer = await fetch(target + url, {
      method,
      headers: { authorization },
      ...(method === "POST" && { body: JSON.stringify(body) }),
    });
    response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => (server.closeAllConnections(), void server.close()),
  };
}

describe("the source pull", () => {
  let queues: Queues;
  let closers: (() => unknown)[];
  let taken: Delivery<Buffer>[];
  let logged: Record<string, unknown>[];

  beforeEach(async () => {
    [closers, taken, logged] = [[], [], []];
    queues = await openQueues();
  });
  afterEach(async () => {
    for (const close of closers) await close();
    await queues.close();
  });

  const pullFrom = (apiUrl: string, more: Partial<Parameters<typeof createPullSource>[0]> = {}): PullSource => {
    const source = createPullSource({
      take: async (delivery) => {
        taken.push(delivery);
        return ackAll(delivery);
      },
      notTaking: () => undefined,
      log: pino({ level: "debug" }, { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) }),
      client: createQueueClient({ apiUrl, accountId: ACCOUNT.accountId, token: ACCOUNT.token }),
      queues: [{ id: queues.emulator.ids.get(QUEUES[0]) ?? "", name: undefined }],
      visibilityMs: 600_000,
      retryDelayMaxSeconds: 3600,
      pace: PACE,
      ...more,
    });
    closers.unshift(() => source.stop());
    source.start();
    return source;
  };
  const throughFaults = async (faultOf: Parameters<typeof faultyApi>[1]) => {
    const { origin, pathname } = new URL(queues.emulator.apiUrl);
    const api = await faultyApi(origin, faultOf);
    closers.push(api.close);
    return { ...api, apiUrl: api.url + pathname };
  };
  const texts = (): string[] => taken.flatMap(({ messages }) => messages.map(({ body }) => body.toString()));

  test("reads json and bytes out of base64, and text as it is", async () => {
    queues.emulator.store.send(QUEUES[0], [
      { body: "aGVsbG8=", contentType: "text" },
      { body: base64("pack in bytes é"), contentType: "bytes" },
      { body: base64(JSON.stringify("pack\nin json")), contentType: "json" },
      { body: base64('{"no":"pack"}'), contentType: "json" },
      { body: base64(new Uint8Array([0xff, 0xfe])), contentType: "bytes" },
    ]);
    pullFrom(queues.emulator.apiUrl);
    await until(() => expect(texts()).toEqual(["aGVsbG8=", "pack in bytes é", "pack\nin json", '{"no":"pack"}', "//4="]));
  });

  test("asks for full batches, and for a lease as long as it is told", async () => {
    const api = await throughFaults(() => undefined);
    pullFrom(api.apiUrl, { visibilityMs: 1_234_000 });
    await until(() =>
      expect(api.requests.find(({ path }) => path === "pull")?.body).toEqual({
        batch_size: 100,
        visibility_timeout_ms: 1_234_000,
      }),
    );
  });

  test("acks a whole pull in one request", async () => {
    const api = await throughFaults(() => undefined);
    queues.put(Array.from({ length: 100 }, (_, i) => `message ${i}`));
    pullFrom(api.apiUrl);
    await until(() => expect(queues.lying()).toEqual([]));
    const acks = api.requests.filter(({ path }) => path === "ack");
    expect(acks.map(({ body }) => (body["acks"] as unknown[]).length)).toEqual([100]);
  });

  test("pulls nothing at all while the relay does not take, so that no delivery is used up", async () => {
    let reason: string | undefined = "the bus is down";
    const looks = vi.fn<() => string | undefined>(() => reason);
    const api = await throughFaults(() => undefined);
    queues.put(["one"]);
    pullFrom(api.apiUrl, { notTaking: looks, pace: { ...PACE, lookMs: 5 } });
    await until(() => expect(looks.mock.calls.length).toBeGreaterThan(5));
    expect(api.requests).toEqual([]);
    reason = undefined;
    await until(() => expect(taken[0]?.messages[0]?.attempts).toBe(1));
  });

  test("asks for nothing for as long as Retry-After says after a 429, whatever the call", async () => {
    const api = await throughFaults(({ number }) =>
      number === 1 ? { status: 429, headers: { "retry-after": "1" } } : undefined,
    );
    const client = createQueueClient({ apiUrl: api.apiUrl, ...ACCOUNT });
    const id = queues.emulator.ids.get(QUEUES[0]) ?? "";
    const { signal } = new AbortController();
    const lease = { batch_size: 1, visibility_timeout_ms: 1_000 };
    await expect(client.pull(id, lease, signal)).rejects.toThrow("HTTP 429");
    await Promise.all([client.pull(id, lease, signal), client.nameOf(id, signal).catch(() => {})]);
    const [first = 0, ...others] = api.requests.map(({ at }) => at);
    expect(others).toHaveLength(2);
    for (const at of others) expect(at - first).toBeGreaterThanOrEqual(990);
  });

  test("loses nothing over a 429, neither to a pull nor to an ack", async () => {
    const api = await throughFaults(({ path, number }) =>
      (path === "pull" || path === "ack") && number === 1 ? { status: 429, headers: { "retry-after": "1" } } : undefined,
    );
    queues.put(["one"]);
    const source = pullFrom(api.apiUrl);
    await until(() => expect(source.report()[0]).toMatchObject({ pulled: 1, acked: 1, untold: 0 }));
    expect(queues.lying()).toEqual([]);
  });

  test("tells an ack again that did not get through", async () => {
    const api = await throughFaults(({ path, number }) =>
      path === "ack" && number < 3 ? { status: number === 1 ? 503 : "cut" } : undefined,
    );
    queues.put(["one"]);
    const source = pullFrom(api.apiUrl);
    await until(() => expect(source.report()[0]).toMatchObject({ acked: 1, untold: 0 }));
    expect(queues.lying()).toEqual([]);
    expect(texts()).toEqual(["one"]);
  });

  test("says which acks failed for good, and has these messages delivered again", async () => {
    let refusing = true;
    const api = await throughFaults(({ path }) => (path === "ack" && refusing ? { status: 400 } : undefined));
    queues.put(["one"]);
    const source = pullFrom(api.apiUrl);
    await until(() => expect(source.report()[0]).toMatchObject({ untold: 1, acked: 0 }));
    expect(logged.find(({ acks }) => acks === 1)).toMatchObject({ queue: QUEUES[0], reason: expect.stringContaining("as told") });
    refusing = false;
    queues.advance(601);
    await until(() => expect(queues.lying()).toEqual([]));
    expect(taken.map(({ messages }) => messages[0]?.attempts)).toEqual([1, 2]);
  });

  test("counts an ack that the queue warns about as a possible duplicate", async () => {
    const verdict = Promise.withResolvers<void>();
    queues.put(["slow"]);
    const source = pullFrom(queues.emulator.apiUrl, {
      async take(delivery) {
        taken.push(delivery);
        if (taken.length === 1) await verdict.promise;
        return ackAll(delivery);
      },
    });
    await until(() => expect(taken).toHaveLength(1));
    queues.advance(601);
    await until(() => expect(taken).toHaveLength(2));
    await until(() => expect(queues.lying()).toEqual([]));
    verdict.resolve();
    await until(() => expect(source.report()[0]).toMatchObject({ acked: 2, possible_duplicates: 1 }));
  });

  test("does not put off a message with a verdict that comes after its lease", async () => {
    const verdict = Promise.withResolvers<void>();
    const api = await throughFaults(() => undefined);
    queues.put(["slow", "done"]);
    pullFrom(api.apiUrl, {
      visibilityMs: 1,
      async take({ messages }) {
        await verdict.promise;
        return messages.map(({ id, body }) =>
          body.toString() === "done" ? { id, verdict: "ack" } : { id, verdict: "retry", delay_seconds: 600, reason: "" },
        );
      },
    });
    await until(() => expect(api.requests.filter(({ path }) => path === "pull").length).toBeGreaterThan(2));
    verdict.resolve();
    await until(() => expect(queues.lying()).toMatchObject([{ body: "slow" }]));
    expect(
      api.requests.filter(({ path }) => path === "ack").every(({ body }) => (body["retries"] as unknown[]).length === 0),
    ).toBe(true);
  });

  test("says what is wrong with token or queue, tries on, and recovers by itself", async () => {
    let refusing = true;
    const api = await throughFaults(() => (refusing ? { status: 403 } : undefined));
    queues.put(["one"]);
    const source = pullFrom(api.apiUrl);
    await until(() => expect(source.trouble()).toMatch(/cannot be pulled: Cloudflare refused, HTTP 403: as told \(code 7\)/));
    expect(JSON.stringify(logged)).not.toContain(ACCOUNT.token);
    expect(logged.filter(({ level }) => level === 50)).toHaveLength(1);
    refusing = false;
    await until(() => expect(queues.lying()).toEqual([]));
    expect(source.trouble()).toBeUndefined();
  });

  test("does not speak of trouble over one pull that failed", async () => {
    const api = await throughFaults(({ path, number }) => (path === "pull" && number === 1 ? { status: 500 } : undefined));
    const source = pullFrom(api.apiUrl);
    await until(() => expect(api.requests.some(({ path }) => path === "pull")).toBe(true));
    await until(() => expect(api.requests.filter(({ path }) => path === "pull").length).toBeGreaterThan(1));
    expect(source.trouble()).toBeUndefined();
  });

  test("gives back what a pull brings that was under way when it was told to stop", async () => {
    const late = Promise.withResolvers<void>();
    const { origin, pathname } = new URL(queues.emulator.apiUrl);
    let isOut = false;
    const server = createServer(async (request, response) => {
      const body = request.method === "POST" ? JSON.stringify(await json(request)) : null;
      const { authorization = "" } = request.headers;
      const answer = await fetch(origin + request.url, { method: request.method ?? "GET", headers: { authorization }, body });
      const text = await answer.text();
      if (request.url?.endsWith("/pull")) {
        isOut = true;
        await late.promise;
      }
      response.writeHead(answer.status).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => (server.closeAllConnections(), void server.close()));
    queues.put(["one"]);
    const source = pullFrom(`http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`);
    await until(() => expect(isOut).toBe(true));
    expect(queues.lying()).toMatchObject([{ leased: true }]);
    const stopping = source.stop();
    late.resolve();
    await stopping;
    expect(queues.lying()).toMatchObject([{ body: "one", leased: false }]);
    expect(queues.lying()[0]?.dueIn).toBeLessThanOrEqual(0);
    expect(taken).toEqual([]);
  });

  test("holds no more messages at a time than it has room for, and goes on as there is room", async () => {
    const MOST = 22_000_000;
    const gates: (() => void)[] = [];
    let [held, most] = [0, 0];
    // Three full pulls of 10 MB each; the third has no room beside the others.
    for (let i = 0; i < 150; i++) queues.put(Array.from({ length: 2 }, () => "x".repeat(100_000)));
    pullFrom(queues.emulator.apiUrl, {
      inFlightBytes: MOST,
      async take(delivery) {
        const bytes = delivery.messages.reduce((sum, { body }) => sum + body.length, 0);
        held += bytes;
        most = Math.max(most, held);
        await new Promise<void>((resolve) => gates.push(resolve));
        held -= bytes;
        return ackAll(delivery);
      },
    });
    await until(() => expect(gates).toHaveLength(2));
    // In the time of so many requests a source without a bound would have pulled the rest.
    for (let i = 0; i < 50; i++) await fetch(new URL("/livez", queues.emulator.apiUrl));
    expect(queues.lying().filter(({ leased }) => !leased)).toHaveLength(100);
    await until(() => {
      gates.splice(0).forEach((open) => open());
      expect(queues.lying()).toEqual([]);
    });
    expect(most).toBeLessThanOrEqual(MOST);
  });

  test("pulls from a queue with little although another has more than there is room for", async () => {
    const [events = "", dead = ""] = QUEUES.map((name) => queues.emulator.ids.get(name));
    for (let i = 0; i < 10; i++) queues.put(Array.from({ length: 100 }, (_, n) => `${i} ${n}`));
    queues.put(["little"], QUEUES[1]);
    pullFrom(queues.emulator.apiUrl, {
      queues: readQueueIds(`${events},${dead}`),
      inFlightBytes: 1,
    });
    await until(() => expect(texts()).toContain("little"));
    await until(() => expect(queues.lying()).toEqual([]));
    expect(taken.findIndex(({ queue }) => queue === QUEUES[1])).toBeLessThan(3);
  });
});

describe("the pace of pulls", () => {
  test("backs off from 50 ms to 2 s while a queue is empty", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map((empty) => pollDelayMs(empty))).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000]);
  });

  test("tries a refused queue every 30 s, and one that fails more and more slowly", () => {
    expect([1, 2, 3, 4, 50].map((failed) => troubleDelayMs(failed, false))).toEqual([250, 500, 1000, 2000, 30_000]);
    expect(troubleDelayMs(1, true)).toBe(30_000);
  });
});

describe("the visibility timeout", () => {
  test("is ten minutes where publishing is over sooner", () => {
    expect(minutes({ EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS: "1" })).toBe(10);
  });

  test("is longer than two publishes that use up all their attempts, and no more than Cloudflare takes", () => {
    const env = { EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS: "20", EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS: "60000" };
    expect(minutes(env)).toBe(2 * (20 + 19));
    expect(minutes({ ...env, EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS: "5000" })).toBe(12 * 60);
  });
});

describe("the settings of pulling", () => {
  const PULL = { SOURCE: "pull", CLOUDFLARE_ACCOUNT_ID: "a", CLOUDFLARE_QUEUE_IDS: "b", CLOUDFLARE_API_TOKEN: "c" };

  test("are asked for, each by its name, where SOURCE is pull", () => {
    expect(() => readConfig({ SOURCE: "pull" })).toThrow(
      /CLOUDFLARE_ACCOUNT_ID.*\n.*CLOUDFLARE_QUEUE_IDS.*\n.*CLOUDFLARE_API_TOKEN/,
    );
    expect(readConfig(PULL).service.source).toBe("pull");
  });

  test("name queues by id, or by name and id, each once", () => {
    expect(readQueueIds("aa, events=bb ,aa,cc")).toEqual([
      { id: "aa", name: undefined },
      { id: "bb", name: "events" },
      { id: "cc", name: undefined },
    ]);
    for (const wrong of ["a b", "=aa", "events=", "a,,b", "a/../b"]) {
      expect(() => readConfig({ ...PULL, CLOUDFLARE_QUEUE_IDS: wrong })).toThrow(/CLOUDFLARE_QUEUE_IDS: expected ids of queues/);
    }
  });
});
