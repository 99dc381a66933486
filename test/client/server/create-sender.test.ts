import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSender, SendError, type Sender } from "../../../client/src/server/index.ts";
import { someEvents, startScriptedCollector, takeAll, type ScriptedCollector } from "./scripted-collector.ts";

let collector: ScriptedCollector;
let sender: Sender;

beforeEach(async () => {
  collector = await startScriptedCollector();
  sender = createSender({ endpoint: collector.url, key: "sk" });
});
afterEach(() => collector.close());

test("events are posted with the key as a bearer token, as JSON, and accounted for", async () => {
  expect(await sender.send(someEvents(2))).toEqual({ accepted: 2, rejected: 0, duplicates: 0, errors: [] });
  expect(collector.requests[0]?.headers).toMatchObject({ authorization: "Bearer sk", "content-type": "application/json" });
  expect(collector.requests[0]?.batch).toMatchObject({ v: 1, sdk: expect.stringMatching(/^server\//), events: someEvents(2) });
  expect(collector.requests[0]?.batch).not.toHaveProperty("sent_at");
});

test("nothing to send is no request", async () => {
  expect(await sender.send([])).toMatchObject({ accepted: 0 });
  expect(collector.requests).toEqual([]);
});

test("a request holds at most 500 events", async () => {
  expect(await sender.send(someEvents(1_201))).toMatchObject({ accepted: 1_201 });
  expect(collector.requests.map(({ batch }) => batch.events.length)).toEqual([500, 500, 201]);
});

test("a request holds at most 1 MiB, counted in UTF-8 and with common merged into each event", async () => {
  const context = { text: "é".repeat(2_000) };
  await sender.send(someEvents(200, "ü".repeat(4_000)), { common: { context } });
  expect(collector.requests.length).toBeGreaterThan(1);
  for (const { batch } of collector.requests) {
    const merged = batch.events.map((event) => ({ ...batch.common, ...event }));
    expect(Buffer.byteLength(JSON.stringify({ ...batch, events: merged }))).toBeLessThanOrEqual(1_048_576);
  }
});

test("after a network error and a 503 the same events are sent again, under the same ids", async () => {
  collector.answer = (batch, count) =>
    count === 1 ? "cut" : count === 2 ? { status: 503, headers: { "Retry-After": "0" } } : takeAll(batch);
  expect(await sender.send(someEvents(2))).toMatchObject({ accepted: 2, rejected: 0 });
  expect(collector.requests.map(({ batch }) => batch.events.map(({ event_id }) => event_id).join())).toEqual(
    Array(3).fill("event-0,event-1"),
  );
});

test("only the retryable events of a mixed response are sent again, and errors name the caller's own index", async () => {
  collector.answer = (batch, count) => {
    if (count !== 2) return takeAll(batch);
    const errors = [
      { index: 0, error: "missing_timestamp", message: "timestamp is required", retryable: false },
      { index: 1, error: "queue_unavailable", message: "send it again", retryable: true },
    ];
    return { status: 207, body: { accepted: batch.events.length - 2, rejected: 2, duplicates: 0, errors } };
  };
  const result = await sender.send(someEvents(510));
  expect(result).toMatchObject({ accepted: 509, rejected: 1, errors: [{ index: 500, error: "missing_timestamp" }] });
  expect(collector.requests[2]?.batch.events.map(({ event_id }) => event_id)).toEqual(["event-501"]);
});

test("events that nobody took when the retries are used up are said to be retryable", async () => {
  collector.answer = () => ({ status: 503 });
  const tired = createSender({ endpoint: collector.url, key: "sk", retries: 1 });
  const { accepted, rejected, errors } = await tired.send(someEvents(2));
  expect({ accepted, rejected }).toEqual({ accepted: 0, rejected: 2 });
  expect(errors.map(({ index, error, retryable }) => ({ index, error, retryable }))).toEqual([
    { index: 0, error: "unavailable", retryable: true },
    { index: 1, error: "unavailable", retryable: true },
  ]);
  // Twice together, and once alone: it might have been for one of them.
  expect(collector.requests.map(({ batch }) => batch.events.length)).toEqual([2, 2, 1, 1]);
});

test("a 413 halves the request, and an event that is too large alone is an error of its own", async () => {
  const body = { error: { code: "body_too_large", message: "send less at a time", details: {} } };
  collector.answer = (batch) =>
    batch.events.some(({ event_id }) => event_id === "event-2") ? { status: 413, body } : takeAll(batch);
  const { accepted, errors } = await sender.send(someEvents(4));
  expect(accepted).toBe(3);
  expect(errors).toMatchObject([{ index: 2, error: "body_too_large", retryable: false }]);
});

test("a wrong key throws at once, with the collector's code and what was accepted before", async () => {
  const refusal = { error: { code: "unauthorized", message: "expected a known write key", details: {} } };
  collector.answer = (batch, count) => (count === 1 ? takeAll(batch) : { status: 401, body: refusal });
  const error = await sender.send(someEvents(600)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SendError);
  expect(error).toMatchObject({ code: "unauthorized", answer: { accepted: 500 } });
  expect((error as SendError).message).toBe("the collector refused: status 401, unauthorized: expected a known write key");
  expect(collector.requests).toHaveLength(2);
});

test.for([400, 401, 403, 404, 405, 413, 451])(
  "a %d that is not the collector's refuses nothing: it is sent again",
  async (status) => {
    const page = { status, headers: { "Content-Type": "text/html" }, body: "<h1>no</h1>" };
    collector.answer = (batch, count) => (count === 1 ? page : takeAll(batch));
    const one = createSender({ endpoint: collector.url, key: "sk", retries: 1 });
    const { accepted, errors } = await one.send(someEvents(1));
    // A limit of bytes that another has set may hold for good, and is told at once.
    expect([accepted, errors.map(({ error, retryable }) => [error, retryable])]).toEqual(
      status === 413 ? [0, [["unavailable", true]]] : [1, []],
    );
  },
);

test("an event that cannot be written is an error of its own, and the others are sent", async () => {
  const [first, second, third] = someEvents(3);
  const cycle: Record<string, unknown> = { ...second };
  cycle["payload"] = cycle;
  const hostile = {
    ...second,
    get payload(): never {
      throw new Error("a getter");
    },
  };
  const list = [first, { ...second, metrics: { revenue: 10n } }, undefined, cycle, () => 1, hostile, third] as never[];
  const { accepted, rejected, errors } = await sender.send(list);
  expect([accepted, rejected]).toEqual([2, 5]);
  expect(errors.map(({ index, error, retryable }) => [index, error, retryable])).toEqual(
    [1, 2, 3, 4, 5].map((index) => [index, "invalid_event", false]),
  );
  expect(errors[0]?.message).toMatch(/^expected an event that can be written as JSON: .*BigInt/);
  expect(collector.requests.map(({ batch }) => batch.events.map(({ event_id }) => event_id))).toEqual([["event-0", "event-2"]]);
});

test.for([
  [{ metrics: { latency_ms: 1, revenue: -0 } }, "metrics.revenue"],
  [{ payload: { lines: [{ n: 1 }, { n: Number.NaN }] } }, "payload.lines.1.n"],
  [{ position: Infinity }, "position"],
  [{ payload: { order: Number("1234567890123456789") } }, "payload.order"],
  [{ payload: { order: 2 ** 53 + 2 } }, "payload.order"],
] as const)(
  "a number that JSON does not carry is refused with its place, and the others are sent: %j",
  async ([fields, path]) => {
    const [first, second, third] = someEvents(3);
    for (const options of [{}, { idempotencyKey: "order-1" }]) {
      const { accepted, errors } = await sender.send([first, { ...second, ...fields }, third] as never[], options);
      const message = "expected a number that JSON carries exactly: send it as a string";
      expect([accepted, errors]).toEqual([2, [{ index: 1, error: "number_out_of_range", path, message, retryable: false }]]);
    }
  },
);

test("a number that is itself whatever its size is sent: 1e300, 5e-324, 2^53 - 1", async () => {
  const payload = { numbers: [1e300, -1e21, 5e-324, Number.MAX_SAFE_INTEGER, 0.1, 0] };
  await sender.send(someEvents(1).map((event) => ({ ...event, payload })));
  expect(collector.requests.at(-1)?.batch.events).toMatchObject([{ payload }]);
});

test("a common with a number that JSON does not carry is a TypeError that names its place, and nothing is sent", async () => {
  const sent = collector.requests.length;
  const call = sender.send(someEvents(1), { common: { context: { build: -0 } } });
  await expect(call).rejects.toThrow(
    new TypeError("send: common.context.build: expected a number that JSON carries exactly: send it as a string"),
  );
  expect(collector.requests).toHaveLength(sent);
});

test("the same holds where the events get their ids from the call's key", async () => {
  const [first, second] = someEvents(2).map(({ event_id: _id, ...event }) => event);
  const { accepted, errors } = await sender.send([{ ...first, metrics: { revenue: 10n } }, second] as never[], {
    idempotencyKey: "order-1",
  });
  expect([accepted, errors.map(({ index }) => index)]).toEqual([1, [0]]);
});

/** A batch that holds the event for which requests are ended. */
const isEnded = (batch: { events: unknown[] }): boolean => JSON.stringify(batch.events).includes('event-5"');

describe("a request that is ended by what is not the collector", () => {
  test.for(["cut", { status: 503, body: "exceeded CPU" }] as const)(
    "(%j) is halved until the event is found for which it is",
    async (end) => {
      collector.answer = (batch) => (isEnded(batch) ? end : takeAll(batch));
      const quick = createSender({ endpoint: collector.url, key: "sk", retries: 0 });
      const { accepted, errors } = await quick.send(someEvents(16));
      expect([accepted, errors.map(({ index, error, retryable }) => [index, error, retryable])]).toEqual([
        15,
        [[5, "unavailable", true]],
      ]);
    },
  );

  test("is halved until what is sent at a time passes", async () => {
    collector.answer = (batch) => (batch.events.length > 100 ? { status: 502, body: "" } : takeAll(batch));
    const quick = createSender({ endpoint: collector.url, key: "sk", retries: 0 });
    expect(await quick.send(someEvents(500))).toMatchObject({ accepted: 500, rejected: 0 });
  });

  test("is not cut into single events while there is no response at all", async () => {
    collector.answer = () => ({ status: 503, body: "" });
    const quick = createSender({ endpoint: collector.url, key: "sk", retries: 0 });
    const { errors } = await quick.send(someEvents(500));
    expect(errors.map(({ index }) => index)).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(collector.requests.length).toBeLessThan(25);
  });
});

test("an aborted signal ends a wait between retries", async () => {
  const abort = new AbortController();
  collector.answer = () => {
    queueMicrotask(() => abort.abort(new Error("enough")));
    return { status: 503, headers: { "Retry-After": "60" } };
  };
  await expect(sender.send(someEvents(1), { signal: abort.signal })).rejects.toThrow("enough");
});

test.each([
  [{ endpoint: "collector", key: "sk" }, "endpoint: expected an http(s) address"],
  [{ endpoint: "http://c", key: "" }, "key: expected a server key"],
  [{ endpoint: "http://c", key: "sk", retries: -1 }, "retries: expected a whole number from 0"],
])("options of %o throw what was expected", (options, message) => {
  expect(() => createSender(options)).toThrow(message);
});

describe("gzip", () => {
  test("is what a large body comes as, over retries too, and a small one does not", async () => {
    collector.answer = (batch, count) => (count === 1 ? { status: 503, headers: { "Retry-After": "0" } } : takeAll(batch));
    await sender.send(someEvents(100));
    await sender.send(someEvents(1));
    expect(collector.requests.map(({ headers }) => headers["content-encoding"])).toEqual(["gzip", "gzip", undefined]);
    expect(collector.requests.map(({ batch }) => batch.events)).toEqual([someEvents(100), someEvents(100), someEvents(1)]);
    expect(collector.requests[0]!.bytes * 10).toBeLessThan(JSON.stringify(someEvents(100)).length);
  });

  test("is left out where the runtime cannot", async () => {
    vi.stubGlobal("CompressionStream", undefined);
    await sender.send(someEvents(100)).finally(() => vi.unstubAllGlobals());
    expect([collector.requests[0]?.headers["content-encoding"], collector.requests[0]?.batch.events]).toEqual([
      undefined,
      someEvents(100),
    ]);
  });
});
