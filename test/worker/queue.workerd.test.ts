import { fetch as network } from "miniflare";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startCollector, type Collector, type CollectorOptions } from "../services/collector.ts";
import type { Delivery } from "../../worker/src/envelope/delivery.ts";
import type { Envelope, Rejection } from "../../worker/src/envelope/envelope.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { packInput, validEvents, wireText } from "../wire/load.ts";
import { ackAll, recordingRelay, type RecordingRelay, type RelayAnswer } from "./recording-relay.ts";

const click = { ...validEvents().find(({ name }) => name === "click")?.event };
const EVENTS = "sightline-events";

let relay: RecordingRelay;
let collector: Collector;
afterEach(async () => {
  await collector.close();
  await relay.close();
});

async function start(answer?: Parameters<typeof recordingRelay>[0], more: Partial<CollectorOptions> = {}): Promise<void> {
  relay = await recordingRelay(answer);
  const vars = { RETRY_DELAY_MAX_SECONDS: 1 };
  collector = await startCollector({ relayUrl: relay.url, relayToken: "relay-secret", vars, ...more });
}

async function post(body: unknown, headers: Record<string, string> = {}): Promise<number> {
  // As a page: what names itself a program is flagged as a bot.
  const agent = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
  const request = { method: "POST", headers: { "content-type": "text/plain", ...agent, ...headers }, body: JSON.stringify(body) };
  return (await fetch(`${collector.url}/v1/events?k=wk_demo`, request)).status;
}

/** Each in a request of its own, and so in a message of its own. */
async function postClicks(ids: string[]): Promise<void> {
  expect(await Promise.all(ids.map((event_id) => post({ ...click, event_id })))).toEqual(ids.map(() => 202));
}

const goldenEnvelopes = (file: string) => readPack(wireText(file)).lines.map((line) => JSON.parse(line) as Envelope);
const retry = (id: string) => ({ id, verdict: "retry" as const, delay_seconds: 0, reason: "test" });
const clickIds = () => relay.envelopes<Envelope>(EVENTS).map(({ id }) => id);
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 50 });

test("what was posted reaches the relay as the golden packs say, one queue for events and one for refusals", async () => {
  await start();
  const { facts, batch } = packInput();
  const sent = { ...batch, sent_at: new Date().toISOString() };
  expect(await post(sent, { traceparent: `00-${facts.traceId}-b7ad6b7169203331-01` })).toBe(207);
  await eventually(() =>
    expect(new Set(relay.deliveries.map(({ queue }) => queue))).toEqual(new Set([EVENTS, "sightline-rejects"])),
  );
  // The golden pack was received at another time; since then its events have grown old.
  const now = { received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) };
  expect(relay.envelopes(EVENTS)).toEqual(
    goldenEnvelopes("pack.txt").map((envelope) => ({
      ...envelope,
      ...now,
      metadata: { ...envelope.metadata, flags: [...envelope.metadata.flags, "old_timestamp"] },
    })),
  );
  const refusals = relay.envelopes<Envelope<Rejection>>("sightline-rejects");
  expect(refusals).toEqual(
    goldenEnvelopes("pack-rejects.txt").map((envelope) => ({ ...envelope, ...now, occurred_at: refusals[0]?.received_at })),
  );
});

test("a push names its queue, carries the token, and is the delivery that the relay reads", async () => {
  await start();
  await post(click);
  await eventually(() => expect(relay.requests).toHaveLength(1));
  const { path, headers } = relay.requests[0] ?? {};
  expect([path, headers?.authorization, headers?.["content-type"]]).toEqual([
    "/v1/deliveries",
    "Bearer relay-secret",
    "application/x-ndjson",
  ]);
  expect(relay.deliveries[0]?.messages).toEqual([
    { id: expect.any(String), attempts: 1, sent_at: expect.stringMatching(/Z$/), body: expect.any(String) },
  ]);
});

describe("a message is delivered until the relay acks it", () => {
  const ids = Array.from({ length: 8 }, (_, i) => `event_0${i}`);

  test.for([
    ["answers 503 with Retry-After", { status: 503, headers: { "retry-after": "1" } }],
    ["answers 401", { status: 401 }],
    ["names no message", { verdicts: [] }],
    ["answers nonsense", { verdicts: "all fine" }],
  ] as const)("where the relay first %s, all come again and none is lost", async ([, first]) => {
    await start((delivery, nth) => (nth === 0 ? (first as RelayAnswer) : ackAll(delivery)));
    await postClicks(ids);
    await eventually(() => expect(new Set(clickIds())).toEqual(new Set(ids)));
    const firsts = relay.deliveries[0]?.messages.map(({ id }) => id) ?? [];
    await eventually(() => expect(firsts.map((id) => relay.countsById()[id])).toEqual(firsts.map(() => 2)));
    expect(clickIds()).toHaveLength(ids.length + firsts.length);
  });

  test("a relay that cannot be reached at first gets them when it can", async () => {
    relay = await recordingRelay();
    let reachable = false;
    let tries = 0;
    const outbound: CollectorOptions["outbound"] = (request) => {
      tries++;
      if (!reachable) throw new Error("connection refused");
      return network(request);
    };
    collector = await startCollector({ relayUrl: relay.url, relayToken: "t", vars: { RETRY_DELAY_MAX_SECONDS: 1 }, outbound });
    await postClicks(ids);
    await eventually(() => expect(tries).toBeGreaterThan(1));
    reachable = true;
    await eventually(() => expect(new Set(clickIds())).toEqual(new Set(ids)));
  });

  test("a verdict of retry for one message brings that one again, and no other", async () => {
    let held: string | undefined;
    await start((delivery: Delivery) => {
      const again = held === undefined;
      held ??= delivery.messages[0]?.id;
      return {
        verdicts: delivery.messages.map(({ id }) => (again && id === held ? retry(id) : { id, verdict: "ack" as const })),
      };
    });
    await postClicks(ids);
    await eventually(() => expect(clickIds()).toHaveLength(ids.length + 1));
    const others = Object.entries(relay.countsById()).filter(([id]) => id !== held);
    expect(relay.countsById()[held ?? ""]).toBe(2);
    expect(others.map(([, count]) => count)).toEqual(others.map(() => 1));
    expect(relay.deliveries.flatMap(({ messages }) => messages).findLast(({ id }) => id === held)?.attempts).toBe(2);
  });

  test("one that has used up its retries comes from the dead-letter queue, and from there goes back", async () => {
    const queues: string[] = [];
    const back = () => queues.lastIndexOf(EVENTS) > queues.indexOf(`${EVENTS}-dlq`) && queues.includes(`${EVENTS}-dlq`);
    const answer = (delivery: Delivery): RelayAnswer => {
      queues.push(delivery.queue);
      return back() ? ackAll(delivery) : { verdicts: delivery.messages.map(({ id }) => retry(id)) };
    };
    await start(answer, { maxRetries: 2 });
    await post(click);
    await eventually(() => expect(back()).toBe(true));
    expect(queues).toEqual([EVENTS, EVENTS, EVENTS, `${EVENTS}-dlq`, `${EVENTS}-dlq`, `${EVENTS}-dlq`, EVENTS]);
    expect(relay.deliveries.map(({ messages }) => messages[0]?.attempts)).toEqual([1, 2, 3, 1, 2, 3, 1]);
    expect(new Set(relay.envelopes<Envelope>(`${EVENTS}-dlq`).map(({ id }) => id))).toEqual(new Set(clickIds()));
  });

  test("a refused event that has used up its retries is pushed from the dead-letter queue of refusals", async () => {
    const rejects = "sightline-rejects";
    await start(
      (delivery) => (delivery.queue === rejects ? { verdicts: delivery.messages.map(({ id }) => retry(id)) } : ackAll(delivery)),
      { maxRetries: 1 },
    );
    expect(await post({ ...click, item_id: "" })).toBe(400);
    await eventually(() => expect(relay.envelopes(`${rejects}-dlq`)).toHaveLength(1));
    expect(relay.envelopes<Envelope>(`${rejects}-dlq`)[0]?.id).toBe(relay.envelopes<Envelope>(rejects)[0]?.id);
    await eventually(async () => expect(await collector.backlog()).toBe(0));
  });

  test("a delivery that is too large for the relay comes in parts", async () => {
    await start((delivery) => (delivery.messages.length > 2 ? { status: 413 } : ackAll(delivery)), { consumerTimeout: 1 });
    await postClicks(ids);
    await eventually(() => expect(new Set(clickIds())).toEqual(new Set(ids)));
    await eventually(async () => expect(await collector.backlog()).toBe(0));
    expect(relay.deliveries.some(({ messages }) => messages.length > 2)).toBe(true);
  });
});

test("backlog counts what waits while the relay is busy, and is zero after", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  await start(async (delivery) => {
    await gate;
    return ackAll(delivery);
  });
  await post(click);
  await eventually(() => expect(relay.deliveries).toHaveLength(1));
  await post({ ...click, event_id: "event_02" });
  await post({ ...click, event_id: "event_03" });
  expect(await collector.backlog()).toBe(2);
  open();
  await eventually(async () => expect(await collector.backlog()).toBe(0));
});
