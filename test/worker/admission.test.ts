import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { admission, noteBacklog } from "../../worker/src/out/admission.ts";
import type { Backlog } from "../../worker/src/out/queue.ts";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const LIMITS = { maxAgeSeconds: 600, maxBytes: 20_000_000_000, shedExposures: false };
const MEGABYTE = 1_000_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Cloudflare's queue, which says what it is told to when it is asked. */
function queueThat(says: () => Promise<Backlog>) {
  const metrics = vi.fn<() => Promise<Backlog>>(says);
  const sendBatch = async () => ({ metadata: { metrics: await says() } });
  return { metrics, sendBatch };
}
const empty = () => queueThat(async () => ({ backlogBytes: 0 }));
const waiting = (seconds: number, backlogBytes = MEGABYTE) => ({
  backlogBytes,
  oldestMessageTimestamp: new Date(Date.now() - seconds * 1000),
});
const since = (time: unknown) => ({ backlogBytes: MEGABYTE, oldestMessageTimestamp: time as Date });
const admit = (queues: ReturnType<typeof queueThat>[], limits: Partial<typeof LIMITS> = {}) =>
  admission({ events: queues, backlog: { ...LIMITS, ...limits } });

/** What is admitted right after a queue said this with a send. */
async function after(backlog: Backlog, limits: Partial<typeof LIMITS> = {}) {
  const queue = empty();
  noteBacklog(queue, backlog);
  return admit([queue], limits);
}

describe("what is admitted", () => {
  test("is everything before a queue has reported its backlog, and where the report says nothing", async () => {
    const queue = empty();
    noteBacklog(queue, undefined);
    expect(await admit([queue])).toBe("open");
    expect(queue.metrics).not.toHaveBeenCalled();
  });

  test("is everything up to the limit of bytes, and nothing above it", async () => {
    expect(await after({ backlogBytes: 20_000_000_000 })).toBe("open");
    expect(await after({ backlogBytes: 20_000_000_001 })).toBe("closed");
  });

  test("is everything up to the limit of age, and nothing above it", async () => {
    expect(await after(waiting(600))).toBe("open");
    expect(await after(waiting(601))).toBe("closed");
    expect(await after(waiting(601), { maxAgeSeconds: 700 })).toBe("open");
  });

  test("is all but exposures between the limits and twice the limits, where exposures are to be shed", async () => {
    const shedExposures = true;
    expect(await after(waiting(600), { shedExposures })).toBe("open");
    expect(await after(waiting(601), { shedExposures })).toBe("shedding");
    expect(await after(waiting(1200), { shedExposures })).toBe("shedding");
    expect(await after(waiting(1201), { shedExposures })).toBe("closed");
    expect(await after({ backlogBytes: 40_000_000_000 }, { shedExposures })).toBe("shedding");
    expect(await after({ backlogBytes: 40_000_000_001 }, { shedExposures })).toBe("closed");
  });

  test("goes by the fullest of the shards", async () => {
    const [first, second, third] = [empty(), empty(), empty()];
    noteBacklog(first, { backlogBytes: 0 });
    noteBacklog(second, { backlogBytes: 21_000_000_000 });
    expect(await admit([first, second, third], { shedExposures: true })).toBe("shedding");
    noteBacklog(third, { backlogBytes: 41_000_000_000 });
    expect(await admit([first, second, third], { shedExposures: true })).toBe("closed");
  });

  test("does not go by the age of what a single message can hold, however old", async () => {
    expect(await after(waiting(86_400, 128_000))).toBe("open");
    expect(await after(waiting(86_400, 128_001))).toBe("closed");
  });

  test("does not go by a time of 1970, which a queue may name where nothing waits", async () => {
    expect(await after({ backlogBytes: MEGABYTE, oldestMessageTimestamp: new Date(0) })).toBe("open");
  });

  test("is everything where a queue says no number: it would never be asked for a better one", async () => {
    expect(await after({} as Backlog)).toBe("open");
  });

  test("goes by a time in whatever form, and fails for none", async () => {
    expect(await after(since(new Date(Date.now() - 601_000).toISOString()))).toBe("closed");
    expect(await after(since(Date.now() - 601_000))).toBe("closed");
    expect(await after(since("a while ago"))).toBe("open");
  });
});

describe("a queue that was too full", () => {
  test("is asked again after five seconds, and not before", async () => {
    const queue = empty();
    noteBacklog(queue, waiting(700));
    vi.advanceTimersByTime(5_000);
    expect(await admit([queue])).toBe("closed");
    expect(queue.metrics).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(await admit([queue])).toBe("open");
    expect(queue.metrics).toHaveBeenCalledTimes(1);
  });

  test("is not asked while it is not too full", async () => {
    const queue = queueThat(async () => waiting(5_000));
    noteBacklog(queue, { backlogBytes: MEGABYTE });
    vi.advanceTimersByTime(3_600_000);
    expect(await admit([queue])).toBe("open");
    expect(queue.metrics).not.toHaveBeenCalled();
  });

  test("is asked by one request only, and the others go by what was known", async () => {
    const { promise, resolve } = Promise.withResolvers<Backlog>();
    const queue = queueThat(() => promise);
    noteBacklog(queue, waiting(700));
    vi.advanceTimersByTime(5_001);
    const asking = admit([queue]);
    expect(await admit([queue])).toBe("closed");
    resolve({ backlogBytes: 0 });
    expect(await asking).toBe("open");
    expect(queue.metrics).toHaveBeenCalledTimes(1);
  });

  test.for([
    ["fails to say", () => Promise.reject(new Error("it is down"))],
    ["says nothing within a second", () => new Promise<Backlog>(() => undefined)],
  ] as const)("and %s stays what it was, and is asked again five seconds later", async ([, says]) => {
    const queue = queueThat(says);
    noteBacklog(queue, waiting(700));
    vi.advanceTimersByTime(5_001);
    const asking = admit([queue]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await asking).toBe("closed");
    queue.metrics.mockResolvedValue({ backlogBytes: 0 });
    expect(await admit([queue])).toBe("closed");
    expect(queue.metrics).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(5_000);
    expect(await admit([queue])).toBe("open");
    expect(queue.metrics).toHaveBeenCalledTimes(2);
  });
});

test("the backlog that a send returns closes the collector: 429 overloaded with Retry-After, before the queue is full, and nothing more is sent", async () => {
  const click = { ...validEvents().find(({ name }) => name === "click")?.event };
  let backlogBytes = 20_000_000_001;
  const { post, taken, counted } = inProcessCollector({ backlog: () => ({ backlogBytes }) });
  expect(await post(click)).toMatchObject({ status: 202 });
  const { status, headers, answer } = await post({ events: [click] });
  expect([status, answer]).toMatchObject([429, { error: { code: "overloaded" } }]);
  // Not before the queue is asked again.
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(5);
  expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(30);
  expect(taken()).toHaveLength(1);
  expect(counted()).toMatchObject({ "t1 request overloaded": 1 });
  backlogBytes = 0;
  vi.advanceTimersByTime(5_001);
  expect(await post(click)).toMatchObject({ status: 202 });
});
