import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Request } from "miniflare";
import { afterEach, describe, expect, it } from "vitest";
import { createGate, SPOOL_ATTEMPT } from "../../dev/gate.ts";
import { openSpool } from "../../dev/spool.ts";
import { type DeliveryAnswer, type DeliveryMessage, readDelivery, writeDelivery } from "../../worker/src/envelope/delivery.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

/** A relay's edge that acks the messages it is told to, or answers 503 where it is told nothing. */
async function relayEdge() {
  const edge = { url: "", acks: undefined as string[] | undefined, taken: [] as string[], hold: false };
  const listener: RequestListener = async (request, response) => {
    const { messages } = readDelivery(await text(request));
    if (edge.hold) return;
    if (edge.acks === undefined) return void response.writeHead(503, { "retry-after": "2" }).end("{}");
    edge.taken.push(...messages.map(({ id }) => id));
    const verdicts = messages.map(({ id }) =>
      edge.acks?.includes(id) ? { id, verdict: "ack" } : { id, verdict: "retry", delay_seconds: 3, reason: "later" },
    );
    response.writeHead(200).end(JSON.stringify({ verdicts }));
  };
  const server = createServer((request, response) => void listener(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  edge.url = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
  return edge;
}

async function setUp() {
  const relay = await relayEdge();
  const folder = mkdtempSync(join(tmpdir(), "sightline-gate-"));
  undo.push(() => rmSync(folder, { recursive: true }));
  const spool = openSpool(folder);
  const gate = createGate({ relayUrl: relay.url, spool });
  const deliver = async (...messages: [id: string, attempts: number][]) => {
    const body = writeDelivery({ queue: "events", messages: messages.map(([id, attempts]) => message(id, attempts)) });
    return gate.outbound(new Request(`${relay.url}/v1/deliveries`, { method: "POST", body }));
  };
  return { relay, folder, spool, gate, deliver };
}

const message = (id: string, attempts: number): DeliveryMessage => ({
  id,
  attempts,
  sent_at: "2026-01-01T00:00:00.000Z",
  body: `a pack\nof ${id}`,
});

const verdictsOf = async (response: { json(): Promise<unknown> }) =>
  Object.fromEntries(((await response.json()) as DeliveryAnswer).verdicts.map(({ id, verdict }) => [id, verdict]));

describe("the gate", () => {
  it("hands the relay's verdicts back, and counts what was not acked", async () => {
    const { relay, gate, deliver } = await setUp();
    relay.acks = ["a"];
    expect(await verdictsOf(await deliver(["a", 1], ["b", 1]))).toEqual({ a: "ack", b: "retry" });
    expect(gate.unacked()).toBe(1);
    relay.acks = ["b"];
    await deliver(["b", 2]);
    expect(gate.unacked()).toBe(0);
  });

  it("hands on that the relay takes nothing, and when to ask again", async () => {
    const { gate, deliver } = await setUp();
    const answer = await deliver(["a", 1]);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(gate.unacked()).toBe(1);
  });

  it("spools what the queue would drop soon, and nothing else", async () => {
    const { spool, gate, deliver } = await setUp();
    expect(await verdictsOf(await deliver(["old", SPOOL_ATTEMPT], ["new", 1]))).toEqual({ old: "ack", new: "retry" });
    expect([spool.count(), gate.unacked()]).toEqual([1, 1]);
  });

  it("spools, once told to, what waits for a retry, what is under way and what comes", async () => {
    const { relay, spool, gate, deliver } = await setUp();
    await deliver(["waiting", 1]);
    relay.hold = true;
    const underWay = deliver(["under-way", 1]);
    await expect.poll(gate.unacked).toBe(2);
    await gate.spool();
    expect(await verdictsOf(await underWay)).toEqual({ "under-way": "ack" });
    expect(await verdictsOf(await deliver(["comes", 1]))).toEqual({ comes: "ack" });
    expect(await verdictsOf(await deliver(["waiting", 2]))).toEqual({ waiting: "ack" });
    expect([spool.count(), gate.unacked()]).toEqual([3, 0]);
  });

  it("lets nothing out but deliveries to the relay", async () => {
    const { relay, gate } = await setUp();
    expect((await gate.outbound(new Request(`${relay.url}/elsewhere`, { method: "POST", body: "x" }))).status).toBe(502);
    expect((await gate.outbound(new Request("http://127.0.0.1:9/v1/deliveries", { method: "POST", body: "x" }))).status).toBe(
      502,
    );
  });
});

describe("the spool", () => {
  const signal = new AbortController().signal;

  it("gives a later run's relay the same bytes, in order, and forgets a file only when all of it was acked", async () => {
    const { relay, folder } = await setUp();
    const before = openSpool(folder);
    await before.write({ queue: "events", messages: [message("a", 3), message("b", 1)] });
    await before.write({ queue: "rejects", messages: [message("c", 1)] });
    const after = openSpool(folder);
    expect(await after.post({ url: relay.url, token: "t" }, signal)).toBe(2);
    relay.acks = ["a"];
    expect(await after.post({ url: relay.url, token: "t" }, signal)).toBe(2);
    relay.acks = ["a", "b", "c"];
    relay.taken = [];
    expect(await after.post({ url: relay.url, token: "t" }, signal)).toBe(0);
    expect(relay.taken).toEqual(["a", "b", "c"]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("never overwrites what an earlier run kept", async () => {
    const { folder } = await setUp();
    await openSpool(folder).write({ queue: "events", messages: [message("a", 1)] });
    const later = openSpool(folder);
    await later.write({ queue: "events", messages: Array.from({ length: 101 }, (_, i) => message(`m${i}`, 1)) });
    expect([later.count(), readdirSync(folder).length]).toEqual([102, 3]);
  });
});
