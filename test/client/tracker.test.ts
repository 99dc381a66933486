import { beforeEach, expect, test, vi } from "vitest";
import { createTracker, type RequestJson, type Tracker, type TrackerError } from "../../client/src/index.ts";
import { VERSION } from "../../client/src/lib/version.ts";
import manifest from "../../client/package.json" with { type: "json" };

let errors: TrackerError[];
let tracker: Tracker;

beforeEach(() => {
  errors = [];
  const unit = { type: "user", id: "u_1" };
  tracker = createTracker({ endpoint: "https://c.example", writeKey: "wk", unit, onError: (error) => errors.push(error) });
});

test("on a server a tracker can be imported and called, mints ids, and does nothing else", async () => {
  expect("document" in globalThis).toBe(false);
  const request = tracker.request({ surface: "home.top" });
  request.decision([{ itemId: "a", position: 1 }]);
  request.observe({} as Element, { itemId: "a", position: 1 })();
  request.outcome("click", { itemId: "a" });
  await tracker.flush();
  expect(tracker.stats()).toMatchObject({ tracked: 0, queued: 0, accepted: 0 });
  expect(request.id).toMatch(/^[\w-]{21}$/);
  expect(errors).toEqual([]);
  await tracker.close();
});

test("wrong options are told on the console, and the tracker does nothing", async () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => {});
  const idle = createTracker({ endpoint: "nowhere", writeKey: "wk", unit: { type: "user", id: "u" } });
  expect(told.mock.calls).toEqual([
    [
      expect.stringContaining("nothing is recorded"),
      expect.objectContaining({ message: expect.stringContaining("endpoint: expected an http(s) address or a path from /") }),
    ],
  ]);
  told.mockRestore();
  idle.request({ surface: "home.top" }).outcome("click", { itemId: "a" });
  await idle.flush();
  expect(idle.stats().tracked).toBe(0);
});

test("a wrong call throws nothing into the page, and is reported", () => {
  const request = tracker.request({ surface: "home.top" });
  expect(() => request.exposed(undefined as never)).not.toThrow();
  expect(() => tracker.request(undefined as never).outcome("click", { itemId: "a" })).not.toThrow();
  expect(() => tracker.resume({} as never)).not.toThrow();
  expect(errors.map(({ code }) => code)).toEqual(["wrong_call", "wrong_call", "wrong_call"]);
});

test("an onError that throws reaches nobody", () => {
  const strict = createTracker({
    endpoint: "/c",
    writeKey: "wk",
    unit: { type: "user", id: "u" },
    onError: () => {
      throw new Error("mine");
    },
  });
  expect(() => strict.request(undefined as never)).not.toThrow();
});

test("the headers of a request carry its id", () => {
  const request = tracker.request({ surface: "home.top", requestId: "server-made-1" });
  const { traceparent, ...rest } = request.headers;
  expect(rest).toEqual({ "X-Request-Id": "server-made-1" });
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(request.headers.traceparent).toBe(traceparent);
});

test("the same request id on a second surface is refused, and that request records nothing", () => {
  tracker.request({ surface: "home.top", requestId: "req-00000001" });
  const second = tracker.request({ surface: "home.bottom", requestId: "req-00000001" });
  expect(errors.map(({ code }) => code)).toEqual(["surface_conflict"]);
  second.exposed([{ itemId: "a", position: 1 }]);
  expect(tracker.request({ surface: "home.top", requestId: "req-00000001" }).toJSON().exposed).toEqual([]);
});

test("the same request id on the same surface is the same request", () => {
  const first = tracker.request({ surface: "home.top", requestId: "req-00000001" });
  first.exposed([{ itemId: "a", position: 1 }]);
  expect(tracker.request({ surface: "home.top", requestId: "req-00000001" }).toJSON()).toEqual(first.toJSON());
  expect(errors).toEqual([]);
});

test("adopt takes the server's id before the first event, and never after", () => {
  const request = tracker.request({ surface: "home.top" });
  request.adopt("server-made-1");
  expect(request.id).toBe("server-made-1");
  request.decision([{ itemId: "a", position: 1 }]);
  request.adopt("server-made-2");
  request.adopt("server-made-1");
  expect(request.id).toBe("server-made-1");
  expect(errors.map(({ code }) => code)).toEqual(["adopt_refused"]);
});

test("adopt refuses what is no id, and the id of another surface", () => {
  tracker.request({ surface: "home.bottom", requestId: "req-00000001" });
  const request = tracker.request({ surface: "home.top" });
  const own = request.id;
  request.adopt("short");
  request.adopt("req-00000001");
  expect(request.id).toBe(own);
  expect(errors.map(({ code }) => code)).toEqual(["wrong_call", "surface_conflict"]);
});

test("a request that is written and resumed is the same one, with what was exposed", () => {
  const request = tracker.request({ surface: "home.top" });
  request.exposed([
    { itemId: "a", position: 1 },
    { itemId: "a", position: 2, placement: "side" },
  ]);
  const text = JSON.stringify(request);
  const next = createTracker({ endpoint: "/c", writeKey: "wk", unit: { type: "user", id: "u" } });
  expect(JSON.stringify(next.resume(JSON.parse(text)))).toBe(text);
  expect(JSON.parse(text)).toMatchObject({ id: request.id, surface: "home.top" });
});

test("a page that resumes what a server has written long before it was loaded, as for a cache, gets a new id, and one alone", () => {
  const written = JSON.parse(JSON.stringify(tracker.request({ surface: "home" }))) as RequestJson;
  expect(written.at).toBeGreaterThan(Date.now() - 10_000);
  const { timeOrigin } = performance;
  expect(tracker.resume({ ...written, at: timeOrigin - 299_000 }).id).toBe(written.id);
  const old = { ...written, id: "req_cached", exposed: ['["","a"]'], at: timeOrigin - 301_000 };
  const [first, second] = [tracker.resume(old), tracker.resume(old)];
  expect(first.id).toMatch(/^[\w-]{21}$/);
  expect(second.id).toBe(first.id);
  expect(first.toJSON().exposed).toEqual([]);
  expect(errors.map(({ code }) => code)).toEqual(["stale_request"]);
});

test("the version that events carry is the package's", () => {
  expect(VERSION).toBe(manifest.version);
});
