/** The way from the queue to the collector, without a browser: the queue is in memory, as where storage is blocked; HTTP is real. */
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPump, type Pump } from "../../client/src/pump.ts";
import { createQueue, type Queue } from "../../client/src/queue.ts";
import { createSend, eventsUrl } from "../../client/src/send.ts";
import { createCounts, tally, type Counts } from "../../client/src/stats.ts";
import type { BatchAnswer, WireBatch } from "../../client/src/wire.ts";
import { listen, shut } from "./stage/site.ts";

let server: Server;
let answer: (batch: WireBatch) => { status: number; body?: unknown };
let batches: number[][];
let counts: Counts;
let queue: Queue;
let pump: Pump;
let reports: string[];

const taken = (n: number): BatchAnswer => ({ accepted: n, rejected: 0, duplicates: 0, errors: [] });
const takeAll = ({ events }: WireBatch) => ({ status: 202, body: taken(events.length) });
const contract = (code: string) => ({ error: { code, message: "expected otherwise", details: {} } });

function add(n: number): void {
  for (let i = 0; i < n; i++) {
    const seq = ++counts.tracked;
    queue.add({ head: '"common":{}', body: JSON.stringify({ seq }), size: 10, at: Date.now(), rank: 1 });
  }
}

beforeEach(async () => {
  batches = [];
  reports = [];
  answer = takeAll;
  server = createServer(async (request, response) => {
    const batch = JSON.parse(await text(request)) as WireBatch;
    batches.push(batch.events.map(({ seq = 0 }) => seq));
    const { status, body } = answer(batch);
    response.writeHead(status).end(JSON.stringify(body));
  });
  const url = eventsUrl(await listen(server), "wk");
  counts = createCounts();
  const onDrop = (cause: string, n: number): void => tally(counts.dropped, cause as "queue_full", n);
  const bounds = { events: 100, bytes: 1e9, age: 1e9 };
  queue = createQueue({ name: "q", bounds, onDrop, onBlocked() {}, onDeleted() {}, onAdopt() {} });
  const report = (code: string, message: string): void => void reports.push(`${code}: ${message}`);
  pump = createPump({ queue, send: createSend(url), counts, report, most: 8, onVerdict() {} });
});
afterEach(async () => {
  pump.stop();
  await shut(server);
});

test("events go in order, a batch at a time, and leave on the verdict", async () => {
  add(20);
  await pump.hurry();
  expect(batches.map((batch) => batch.length)).toEqual([8, 8, 4]);
  expect(batches.flat()).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(counts.accepted).toBe(20);
  expect(queue.size()).toBe(0);
});

test("a 413 halves the batch until it fits, and loses nothing", async () => {
  answer = (batch) => (batch.events.length > 2 ? { status: 413, body: contract("body_too_large") } : takeAll(batch));
  add(10);
  await pump.hurry();
  expect(batches.slice(0, 3).map((batch) => batch.length)).toEqual([8, 4, 2]);
  expect(counts).toMatchObject({ accepted: 10, rejected: {}, dropped: {} });
  expect(queue.size()).toBe(0);
});

test("a single event that is too much for the collector is given up, and its neighbours are not", async () => {
  answer = (batch) =>
    batch.events.some(({ seq }) => seq === 3) ? { status: 413, body: contract("body_too_large") } : takeAll(batch);
  add(5);
  await pump.hurry();
  expect(counts).toMatchObject({ accepted: 4, rejected: { body_too_large: 1 } });
  expect(queue.size()).toBe(0);
});

test("of a mixed answer only the retryable events are sent again", async () => {
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
  await pump.hurry();
  await vi.waitFor(() => expect(queue.size()).toBe(0), 5_000);
  expect(batches).toEqual([[1, 2, 3], [3]]);
  expect(counts).toMatchObject({ accepted: 2, rejected: { missing_timestamp: 1 }, retries: 1 });
  expect(reports).toEqual([expect.stringContaining("missing_timestamp")]);
});

test("a refusal of the whole request is counted under the collector's code, and told", async () => {
  answer = () => ({ status: 401, body: contract("unauthorized") });
  add(2);
  await pump.hurry();
  expect(counts).toMatchObject({ accepted: 0, rejected: { unauthorized: 2 }, dropped: {} });
  expect(reports).toEqual([expect.stringContaining("status 401, unauthorized")]);
  expect(queue.size()).toBe(0);
});

test("a refusal that is not the collector's is counted as dropped, by its status", async () => {
  answer = () => ({ status: 404, body: "nothing here" });
  add(2);
  await pump.hurry();
  expect(counts).toMatchObject({ rejected: {}, dropped: { http_404: 2 } });
});

test.each([408, 429, 500, 502, 503])("after a %d the same events are sent again", async (status) => {
  let calls = 0;
  answer = (batch) => (++calls === 1 ? { status, body: contract("try_again") } : takeAll(batch));
  add(2);
  await pump.hurry();
  expect(counts).toMatchObject({ accepted: 0, retries: 1 });
  expect(queue.size()).toBe(2);
  await pump.hurry();
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
  await pump.hurry();
  expect(counts).toMatchObject({ accepted: 0, retries: 1 });
  expect(queue.size()).toBe(2);
});

test("without storage memory is bounded: the oldest events go, counted", async () => {
  add(103);
  await vi.waitFor(() => expect(counts.dropped).toEqual({ queue_full: 3 }));
  expect(queue.free().map(({ body }) => body)[0]).toBe('{"seq":4}');
});

test("a page that goes posts what is at hand without waiting, and nothing twice", async () => {
  add(10);
  pump.sendNow();
  pump.sendNow();
  await pump.hurry();
  await vi.waitFor(() => expect(counts.accepted).toBe(10));
  expect(batches.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
});
