import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { trackedFetch } from "../../../client/src/fetch/index.ts";
import { createTracker, type Tracker } from "../../../client/src/index.ts";
import { listen, shut } from "../stage/site.ts";

interface Call {
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
}

let server: Server;
let url: string;
let calls: Call[];
/** Responds to call number `count`, from 1; "cut" cuts the connection. */
let answer: (response: ServerResponse, count: number) => void | "cut";
let tracker: Tracker;
let errors: string[];

const surface = "home.top";
const ids = (): unknown[] => calls.map(({ headers }) => headers["x-request-id"]);
const json = (response: ServerResponse, body: unknown): void => {
  response.setHeader("Content-Type", "application/json; charset=utf-8").end(JSON.stringify(body));
};

beforeEach(async () => {
  calls = [];
  errors = [];
  answer = (response) => json(response, { items: [] });
  server = createServer(async (request, response) => {
    calls.push({ method: request.method ?? "", headers: request.headers, body: await text(request) });
    if (answer(response, calls.length) === "cut") request.socket.destroy();
  });
  url = await listen(server);
  tracker = createTracker({ endpoint: "/", writeKey: "wk", onError: ({ code }) => errors.push(code) });
});
afterEach(() => shut(server));

test("the call carries the request's headers beside the caller's own", async () => {
  const { response, request } = await trackedFetch(tracker, url, { headers: { "X-Own": "1" } }, { surface });
  expect(await response.json()).toEqual({ items: [] });
  expect(request).toMatchObject({ surface, id: expect.stringMatching(/^[\w-]{21}$/) });
  expect(calls[0]?.headers).toMatchObject({
    "x-request-id": request.id,
    traceparent: request.headers.traceparent,
    "x-own": "1",
  });
});

test("with headers off the call has none of ours", async () => {
  await trackedFetch(tracker, url, undefined, { surface, headers: false });
  expect(Object.keys(calls[0]!.headers).filter((name) => /^(x-|trace)/.test(name))).toEqual([]);
});

describe("the server's id", () => {
  test.each([
    ["of the header", { "X-Request-Id": "from-the-header" }, { meta: { request_id: "from-the-body" } }, "from-the-header"],
    ["of a JSON body", {}, { meta: { request_id: "from-the-body" } }, "from-the-body"],
    [
      "of a JSON type of its own",
      { "Content-Type": "application/vnd.shop+json" },
      { meta: { request_id: "of-vnd-json" } },
      "of-vnd-json",
    ],
  ])("%s is adopted, and the body can still be read", async (_, headers, body, id) => {
    answer = (response) => {
      response.writeHead(200, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
    };
    const { response, request } = await trackedFetch(tracker, url, {}, { surface });
    expect(request.id).toBe(id);
    expect(await response.json()).toEqual(body);
  });

  test.each([["{ malformed"], ["null"], ["[1]"], ['{"meta":"text"}'], ['{"meta":{"request_id":7}}'], [""]])(
    "a JSON body of %j has none, which is nobody's error",
    async (body) => {
      answer = (response) => void response.setHeader("Content-Type", "application/json").end(body);
      const { response, request } = await trackedFetch(tracker, url, {}, { surface, requestId: "minted-here" });
      expect([request.id, await response.text(), errors]).toEqual(["minted-here", body, []]);
    },
  );

  test("is not looked for in a body of another type, which may have no end", async () => {
    answer = (response) =>
      void response.setHeader("Content-Type", "application/x-ndjson").write('{"meta":{"request_id":"line-one"}}\n');
    const { response, request } = await trackedFetch(tracker, url, {}, { surface, requestId: "minted-here" });
    expect(request.id).toBe("minted-here");
    await response.body?.cancel();
  });

  test("that is none is refused, and reported", async () => {
    answer = (response) => void response.setHeader("X-Request-Id", "a b").end();
    const { request } = await trackedFetch(tracker, url, {}, { surface, requestId: "minted-here" });
    expect([request.id, errors]).toEqual(["minted-here", ["wrong_call"]]);
  });
});

describe("retries", () => {
  const fail = [
    ["a cut connection", () => "cut"],
    ...[429, 502, 503, 504].map((status) => [`${status}`, (response: ServerResponse) => void response.writeHead(status).end()]),
  ] as [string, typeof answer][];
  test.each(fail)("after %s the call is made again, under the same id", async (_, failed) => {
    answer = (response, count) => (count < 3 ? failed(response, count) : json(response, { items: ["a"] }));
    const { response, request } = await trackedFetch(tracker, url, {}, { surface });
    expect(await response.json()).toEqual({ items: ["a"] });
    expect(ids()).toEqual([request.id, request.id, request.id]);
    expect(new Set(calls.map(({ headers }) => headers["traceparent"])).size).toBe(1);
  });

  test.each([400, 401, 404, 500])("after %d it is not", async (status) => {
    answer = (response) => void response.writeHead(status).end();
    const { response } = await trackedFetch(tracker, url, {}, { surface });
    expect([response.status, calls.length]).toEqual([status, 1]);
  });

  test("when they are used up, the last response is the caller's", async () => {
    answer = (response, count) => void response.writeHead(503).end(`answer ${count}`);
    const { response } = await trackedFetch(tracker, url, {}, { surface, retries: 1 });
    expect([response.status, await response.text(), calls.length]).toEqual([503, "answer 2", 2]);
  });

  test("when they are used up, it rejects with what fetch rejects with", async () => {
    answer = () => "cut";
    await expect(trackedFetch(tracker, url, {}, { surface, retries: 1 })).rejects.toBeInstanceOf(TypeError);
    expect(calls).toHaveLength(2);
  });

  test("a server that asks for more patience than a user has is not waited for", async () => {
    answer = (response) => void response.writeHead(503, { "Retry-After": "60" }).end();
    const { response } = await trackedFetch(tracker, url, {}, { surface });
    expect([response.status, calls.length]).toEqual([503, 1]);
  });

  test("a POST is made once, unless it is said to be idempotent; then each call has the whole body", async () => {
    answer = (response, count) => void response.writeHead(count === 2 ? 200 : 503).end();
    const post = { method: "post", body: "query" };
    expect((await trackedFetch(tracker, url, post, { surface })).response.status).toBe(503);
    answer = (response, count) => void response.writeHead(count === 4 ? 200 : 503).end();
    expect((await trackedFetch(tracker, url, post, { surface, idempotent: true })).response.status).toBe(200);
    expect(calls.map(({ method, body }) => `${method} ${body}`)).toEqual(Array(4).fill("POST query"));
  });

  test("a body that is a stream is sent once", async () => {
    answer = (response) => void response.writeHead(503).end();
    const body = new Blob(["query"]).stream();
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    const { response } = await trackedFetch(tracker, url, init, { surface, idempotent: true });
    expect([response.status, calls.map((call) => call.body)]).toEqual([503, ["query"]]);
  });

  test("a Request keeps its method, headers and body over them", async () => {
    answer = (response, count) => (count < 3 ? void response.writeHead(502).end() : json(response, {}));
    const input = new Request(url, { method: "POST", body: "query", headers: { "X-Own": "1" } });
    const { response, request } = await trackedFetch(tracker, input, undefined, { surface, idempotent: true });
    expect(response.status).toBe(200);
    const told = calls.map(({ method, body, headers }) => [method, body, headers["x-own"], headers["x-request-id"]]);
    const whole = ["POST", "query", "1", request.id];
    expect(told).toEqual([whole, whole, whole]);
  });
});

describe("the signal", () => {
  test("ends the wait between two calls, with its reason", async () => {
    const abort = new AbortController();
    answer = (response) => {
      response.writeHead(503, { "Retry-After": "5" }).end(() => abort.abort(new Error("enough")));
    };
    await expect(trackedFetch(tracker, url, { signal: abort.signal }, { surface })).rejects.toThrow("enough");
    expect(calls).toHaveLength(1);
  });

  test("of a Request ends its call, and no other is made", async () => {
    const abort = new AbortController();
    answer = () => abort.abort(new Error("enough"));
    const input = new Request(url, { signal: abort.signal });
    await expect(trackedFetch(tracker, input, {}, { surface })).rejects.toThrow("enough");
    expect(calls).toHaveLength(1);
  });

  test("that is aborted already lets no call be made", async () => {
    await expect(trackedFetch(tracker, url, { signal: AbortSignal.abort() }, { surface })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(calls).toEqual([]);
  });
});

test("a request that is refused is reported, and the call is made all the same", async () => {
  tracker.request({ surface: "cart.also", requestId: "of-the-cart" });
  const { response, request } = await trackedFetch(tracker, url, {}, { surface, requestId: "of-the-cart" });
  expect([response.status, request.surface, errors]).toEqual([200, surface, ["surface_conflict"]]);
});

test("a request without a surface has no id to send", async () => {
  const { response } = await trackedFetch(tracker, url, {}, { surface: "" });
  expect([response.status, ids(), errors]).toEqual([200, [undefined], ["wrong_call"]]);
});
