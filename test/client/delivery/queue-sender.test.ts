/** The way from the queue to the collector, without a browser: the queue is in memory, as where storage is blocked; HTTP is real. */
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createQueueSender, type QueueSender } from "../../../client/src/delivery/queue-sender.ts";
import { createQueue, type Queue } from "../../../client/src/delivery/queue.ts";
import { FINAL_CODES } from "../../../client/src/delivery/reply.ts";
import { createPost, eventsUrl } from "../../../client/src/delivery/post.ts";
import { createCounts, tally, type Counts } from "../../../client/src/delivery/stats.ts";
import type { BatchAnswer, WireBatch } from "../../../client/src/wire/index.ts";
import { ERRORS } from "../../../worker/src/errors/errors.ts";
import { listen, shut } from "../stage/site.ts";

let server: Server;
/** A response, or the connection cut. */
let answer: (batch: WireBatch) => { status: number; body?: unknown; location?: string } | "cut";
/** What a response waits for. */
let gate: Promise<void> | undefined;
let batches: number[][];
let counts: Counts;
let queue: Queue;
let sender: QueueSender;
let giveUp: () => void;
let reports: string[];
let isSeen: boolean;

const taken = (n: number): BatchAnswer => ({ accepted: n, rejected: 0, duplicates: 0, errors: [] });
const takeAll = ({ events }: WireBatch) => ({ status: 202, body: taken(events.length) });
const contract = (code: string) => ({ error: { code, message: "expected otherwise", details: {} } });

function add(n: number): void {
  for (let i = 0; i < n; i++) {
    const seq = ++counts.tracked;
    queue.add({ head: '"common":{}', body: JSON.stringify({ seq }), size: 10, rank: 1 });
  }
}

beforeEach(async () => {
  batches = [];
  reports = [];
  gate = undefined;
  isSeen = true;
  answer = takeAll;
  server = createServer(async (request, response) => {
    const sent = await text(request);
    // What a redirect has made a GET of, the collector refuses.
    if (!sent) return response.writeHead(405).end(JSON.stringify(contract("method_not_allowed")));
    const batch = JSON.parse(sent) as WireBatch;
    batches.push(batch.events.map(({ seq = 0 }) => seq));
    const answered = answer(batch);
    await gate;
    if (answered === "cut") return request.socket.destroy();
    const { status, body, location } = answered;
    return response.writeHead(status, location ? { location } : {}).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  const url = eventsUrl(await listen(server), "wk");
  counts = createCounts();
  const onDrop = (cause: string, n: number): void => tally(counts.dropped, cause as "queue_full", n);
  const bounds = { events: 100, bytes: 1e9, age: 1e9 };
  queue = createQueue({ name: "q", bounds, onDrop, onBlocked() {}, onAdopt() {} });
  const sending = createPost(url);
  ({ giveUp } = sending);
  const report = (code: string, message: string): void => void reports.push(`${code}: ${message}`);
  sender = createQueueSender({ queue, post: sending.post, counts, report, most: 8, isSeen: () => isSeen, onVerdict() {} });
});
afterEach(async () => {
  sender.stop();
  await shut(server);
});

/** Has the collector take all, and keep its answer back until it is released. */
function holdAnswer() {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  gate = released.promise;
  answer = (batch) => {
    asked.resolve();
    return takeAll(batch);
  };
  return { asked, released };
}

test("events go in order, a batch at a time, and leave on the verdict", async () => {
  add(20);
  await sender.flush();
  expect(batches.map((batch) => batch.length)).toEqual([8, 8, 4]);
  expect(batches.flat()).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(counts.accepted).toBe(20);
  expect(queue.size()).toBe(0);
});

test("a 413 halves the batch until it fits, and loses nothing", async () => {
  answer = (batch) => (batch.events.length > 2 ? { status: 413, body: contract("body_too_large") } : takeAll(batch));
  add(10);
  await sender.flush();
  expect(batches.slice(0, 3).map((batch) => batch.length)).toEqual([8, 4, 2]);
  expect(counts).toMatchObject({ accepted: 10, rejected: {}, dropped: {} });
  expect(queue.size()).toBe(0);
});

test("a single event that is too much for the collector is given up, and its neighbours are not", async () => {
  answer = (batch) =>
    batch.events.some(({ seq }) => seq === 3) ? { status: 413, body: contract("body_too_large") } : takeAll(batch);
  add(5);
  await sender.flush();
  expect(counts).toMatchObject({ accepted: 4, rejected: { body_too_large: 1 } });
  expect(queue.size()).toBe(0);
});

test("of a mixed response only the retryable events are sent again", async () => {
  let calls = 0;
  answer = (batch) => {
    if (++calls > 1) return takeAll(batch);
    const errors = [
      { index: 0, error: "missing_timestamp", message: "timestamp is required", retryable: false },
      { index: 2, error: "queue_unavailable", message: "send it again", retryable: true },
    ];
    return { status: 207, body: { accepted: 1, rejected: 2, duplicates: 0, errors } };
  };
  add(3);
  await sender.flush();
  await vi.waitFor(() => expect(queue.size()).toBe(0), 5_000);
  expect(batches).toEqual([[1, 2, 3], [3]]);
  expect(counts).toMatchObject({ accepted: 2, rejected: { missing_timestamp: 1 }, retries: 1 });
  expect(reports).toEqual([expect.stringContaining("missing_timestamp")]);
});

test("a refusal of the whole request is counted under the collector's code, and told", async () => {
  answer = () => ({ status: 401, body: contract("unauthorized") });
  add(2);
  await sender.flush();
  expect(counts).toMatchObject({ accepted: 0, rejected: { unauthorized: 2 }, dropped: {} });
  expect(reports).toEqual([expect.stringContaining("status 401, unauthorized")]);
  expect(queue.size()).toBe(0);
});

const HTML = "<html>Access denied</html>";

const FOREIGN: [what: string, answer: Exclude<ReturnType<typeof answer>, "cut">][] = [
  ...[200, 204, 400, 401, 403, 404, 405, 410, 413, 418, 421, 451].map(
    (status) => [`a ${status} of HTML`, { status, ...(status !== 204 && { body: HTML }) }] as [string, { status: number }],
  ),
  ["a 403 of a gateway's JSON", { status: 403, body: { message: "Forbidden" } }],
  ["a 401 of another API's contract", { status: 401, body: { error: { code: 401, message: "no", status: "UNAUTHENTICATED" } } }],
  ["a 403 under a code of ours without its details", { status: 403, body: { error: { code: "unauthorized", message: "no" } } }],
  ["a 403 under a code that the collector has not", { status: 403, body: contract("access_denied") }],
  ["a 404 of the collector, to whom another path was given", { status: 404, body: contract("not_found") }],
  ["a redirect that makes a GET of it, which the collector refuses", { status: 301, location: "/v1/events" }],
  ["a 200 of another service's counts", { status: 200, body: { accepted: 2, rejected: 0, errors: null } }],
  ["a 200 that names more errors than it counts", { status: 200, body: { ...taken(2), errors: [{ index: 0 }, { index: 1 }] } }],
];

test.each(FOREIGN)(
  "%s decides on no event: all are kept, which is told once, and delivered once the collector responds",
  async (_, foreign) => {
    answer = () => foreign;
    add(2);
    for (let tries = 0; tries < 7; tries++) await sender.flush();
    expect(counts).toMatchObject({ accepted: 0, rejected: {}, dropped: {} });
    expect(queue.size()).toBe(2);
    expect(reports.filter((told) => told.startsWith("endpoint_blocked: status"))).toHaveLength(1);
    expect(reports).toHaveLength(1);
    answer = takeAll;
    await sender.flush();
    expect(counts).toMatchObject({ accepted: 2, rejected: {}, dropped: {} });
  },
);

test("every refusal of a request in the collector's table is for good, or is kept by name", () => {
  const requests = Object.entries(ERRORS).filter(([, { scope, retryable }]) => scope === "request" && !retryable);
  const kept = requests.map(([code]) => code).filter((code) => !FINAL_CODES.test(code));
  // A collector of a later version may come; the last two are about a header and a form that the SDK does not send.
  expect(["not_found", "method_not_allowed", "unsupported_version", "idempotency_conflict", "foreign_format"]).toEqual(
    expect.arrayContaining(kept),
  );
});

test.each([
  ["cut off", "cut"],
  ["refused by a firewall", { status: 403, body: HTML }],
] as const)("a batch that is %s again and again is halved, and the event that does it holds up no other", async (_, end) => {
  answer = (batch) => (batch.events.some(({ seq }) => seq === 2) ? end : takeAll(batch));
  add(8);
  for (let tries = 0; tries < 12 && counts.accepted < 7; tries++) await sender.flush();
  expect(batches.slice(0, 4).map((batch) => batch.length)).toEqual([8, 4, 2, 1]);
  expect(counts).toMatchObject({ accepted: 7, rejected: {}, dropped: {} });
  expect(queue.free().map(({ body }) => body)).toEqual(['{"seq":2}']);
  answer = takeAll;
  await sender.flush();
  expect(counts.accepted).toBe(8);
});

test("a batch that the platform ends for its cost, with a page of its own, is halved until it is cheap enough", async () => {
  answer = (batch) => (batch.events.length > 2 ? { status: 503, body: "error code: 1102" } : takeAll(batch));
  add(8);
  for (let tries = 0; tries < 20 && queue.size() > 0; tries++) await sender.flush();
  expect(counts).toMatchObject({ accepted: 8, rejected: {}, dropped: {} });
  expect(batches.slice(0, 3).map((batch) => batch.length)).toEqual([8, 4, 2]);
});

test.each([429, 503])("a %d of the collector itself halves nothing: more requests would be more load", async (status) => {
  answer = () => ({ status, body: contract("overloaded") });
  add(8);
  for (let tries = 0; tries < 3; tries++) await sender.flush();
  expect(batches.map((batch) => batch.length)).toEqual([8, 8, 8]);
});

test.each([
  ["its request is ended", true, { accepted: 0, dropped: { consent: 5 } }],
  ["its request cannot be ended, and gets a response", false, { accepted: 5, dropped: {} }],
] as const)("what is being sent when consent is withdrawn is counted once: %s", async (_, isEnded, counted) => {
  const { asked, released } = holdAnswer();
  add(5);
  const sent = sender.flush();
  await asked.promise;
  queue.purge();
  if (isEnded) giveUp();
  else released.resolve();
  await sent;
  released.resolve();
  expect(counts).toMatchObject({ tracked: 5, rejected: {}, ...counted });
  expect(counts.dropped).toEqual(counted.dropped);
  expect(queue.size()).toBe(0);
});

test.each([408, 429, 500, 502, 503])("after a %d the same events are sent again", async (status) => {
  let calls = 0;
  answer = (batch) => (++calls === 1 ? { status, body: contract("try_again") } : takeAll(batch));
  add(2);
  await sender.flush();
  expect(counts).toMatchObject({ accepted: 0, retries: 1 });
  expect(queue.size()).toBe(2);
  await sender.flush();
  expect(batches).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(queue.size()).toBe(0);
});

test.each([
  ["counts that do not add up", { accepted: 1, rejected: 0, duplicates: 0, errors: [] }],
  ["errors of events that were not sent", { accepted: 1, rejected: 1, duplicates: 0, errors: [{ index: 9, retryable: false }] }],
  ["no JSON object", null],
])("a 2xx with %s is no verdict: nothing leaves", async (_, body) => {
  answer = () => ({ status: 202, body });
  add(2);
  await sender.flush();
  expect(counts).toMatchObject({ accepted: 0, retries: 1 });
  expect(queue.size()).toBe(2);
});

test("without storage memory is bounded: the oldest events go, counted", async () => {
  add(103);
  await vi.waitFor(() => expect(counts.dropped).toEqual({ queue_full: 3 }));
  expect(queue.free().map(({ body }) => body)[0]).toBe('{"seq":4}');
});

test("where the disk fails there is another look at it after a minute, and none before", async () => {
  queue.open();
  await queue.look();
  expect(queue.lookIn()).toBeGreaterThan(50_000);
  expect(queue.lookIn()).toBeLessThanOrEqual(60_000);
});

test("what is recorded while a request is under way waits for its own time", async () => {
  const { asked, released } = holdAnswer();
  add(2);
  const sent = sender.flush();
  await asked.promise;
  add(1);
  released.resolve();
  await sent;
  expect(batches).toEqual([[1, 2]]);
  expect(queue.size()).toBe(1);
  await sender.flush();
  expect(batches).toEqual([[1, 2], [3]]);
});

test.each([
  { most: 10_000, expected: [1, 4, 5] },
  { most: 250, expected: [1, 3, 3, 3] },
])(
  "outcomes go at once, and those that follow within half a second, or within $most ms, share a request",
  async ({ most, expected }) => {
    vi.useFakeTimers();
    const sizes: number[] = [];
    vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
      const { events } = JSON.parse(body) as WireBatch;
      sizes.push(events.length);
      return Promise.resolve(Response.json(taken(events.length), { status: 202 }));
    });
    try {
      for (let i = 0; i < 10; i++) {
        add(1);
        sender.soon(most);
        await vi.advanceTimersByTimeAsync(100);
      }
      await vi.advanceTimersByTimeAsync(500);
      expect(sizes).toEqual(expected);
    } finally {
      vi.useRealTimers();
      vi.unstubAllGlobals();
    }
  },
);

test("a page that goes posts what is at hand without waiting, and nothing twice", async () => {
  add(10);
  sender.sendNow();
  sender.sendNow();
  await sender.flush();
  await vi.waitFor(() => expect(counts.accepted).toBe(10));
  expect(batches.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
});

describe("in an outage", () => {
  /** Sizes of the requests that were made. */
  let requests: number[];

  /** Turns the clock; until `end`, in milliseconds, the network does what `fail` does. */
  function begin(end: number, fail: (events: number) => Promise<Response>): void {
    vi.useFakeTimers();
    const began = performance.now();
    requests = [];
    vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
      const { events } = JSON.parse(body) as WireBatch;
      requests.push(events.length);
      if (performance.now() < began + end) return fail(events.length);
      return Promise.resolve(Response.json(taken(events.length), { status: 202 }));
    });
    add(50);
    sender.schedule(0);
  }

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test.each([
    ["connections are refused", "endpoint_blocked", () => Promise.reject(new TypeError("connection refused"))],
    ["every response is a 503", "delayed", () => Promise.resolve(Response.json(contract("try_again"), { status: 503 }))],
  ])(
    "in which %s, for 60 s, a page that is seen asks with one event every few seconds, says so once, and is done 5 s after it",
    async (_, told, fail) => {
      begin(60_000, fail);
      await vi.advanceTimersByTimeAsync(60_000);
      const during = requests.splice(0);
      console.log(`${during.length} requests in an outage of 60 s, ${during.filter((n) => n === 1).length} of them of one event`);
      expect(during.length).toBeGreaterThanOrEqual(12);
      expect(during.length).toBeLessThan(50);
      expect(during.slice(6).every((n) => n === 1)).toBe(true);
      expect(sender.retryIn()).toBeLessThanOrEqual(3_500);
      expect(reports).toEqual([expect.stringMatching(`^${told}: `)]);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(counts).toMatchObject({ accepted: 50, retries: during.length });
      expect(sender.retryIn()).toBe(0);
    },
  );

  test("a disk that takes longer than the wait after a failure does not end the retries", async () => {
    queue.look = () => new Promise((resolve) => setTimeout(resolve, 10_000));
    begin(1, () => Promise.resolve(Response.json(contract("try_again"), { status: 503 })));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(counts).toMatchObject({ accepted: 50, retries: 1 });
  });

  test("a timer that comes a moment early does not end the retries", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    begin(1, () => Promise.resolve(Response.json(contract("try_again"), { status: 503 })));
    await vi.advanceTimersByTimeAsync(500);
    expect(counts.retries).toBe(1);
    // As in Firefox, whose clock has steps: the timer of the wait finds that it is not over, and then that it is.
    const now = performance.now.bind(performance);
    let looks = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now() - (looks++ === 0 ? 5_000 : 0));
    await vi.advanceTimersByTimeAsync(20_000);
    vi.restoreAllMocks();
    expect(looks).toBeGreaterThan(1);
    expect(counts).toMatchObject({ accepted: 50, retries: 1 });
  });

  test("verdicts that take no event, as of a collector whose own queue is down, are told as any outage is", async () => {
    const later = { error: "queue_unavailable", message: "send it again", retryable: true };
    begin(60_000, (n) => {
      const errors = Array.from({ length: n }, (_, index) => ({ index, ...later }));
      return Promise.resolve(Response.json({ accepted: 0, rejected: n, duplicates: 0, errors }, { status: 503 }));
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reports).toEqual([expect.stringMatching(/^delayed: status 503/)]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(counts).toMatchObject({ accepted: 50, rejected: {} });
  });

  test("a page that nobody looks at leaves a blocked endpoint alone for five minutes", async () => {
    isSeen = false;
    begin(Infinity, () => Promise.reject(new TypeError("blocked")));
    await vi.advanceTimersByTimeAsync(15_000);
    expect(requests).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(284_000);
    expect(requests).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(16_000);
    expect(requests).toHaveLength(6);
  });

  test("a wait that the collector asks for is kept to, told once, and seen", async () => {
    const wait = { status: 503, headers: { "Retry-After": "120" } };
    begin(60_000, () => Promise.resolve(Response.json(contract("try_again"), wait)));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(requests).toHaveLength(1);
    expect(sender.retryIn()).toBeGreaterThan(59_000);
    expect(reports).toEqual([expect.stringMatching(/^delayed: status 503.* sent again in 120 s/)]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(counts.accepted).toBe(50);
  });
});
