/** Subscribing to a stream on an emulator, with the leases of its groups in DynamoDB. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { kinesisAdapter } from "../../../relay/bus/adapters/kinesis/adapter.ts";
import type { BusRecord } from "../../../relay/bus/port/bus.ts";
import type { SubscribeOptions } from "../../../relay/bus/port/subscriber.ts";
import { kinesisBus } from "../../services/bus-of.ts";
import { pass, startKinesisProxy } from "../../services/kinesis-proxy.ts";
import { kinesisBehindProxy, kinesisSettings, split } from "../../services/kinesis-stream.ts";
import { recordingSink } from "./recording-sink.ts";
import { subscriberContract } from "./subscriber-contract.ts";

const moto = inject("moto");
const topic = "transport.order-events";
const OPTIONS = { batchSize: 100, blockMs: 100, pollTimeoutMs: 5_000, commitEvery: 10, commitIntervalMs: 50, drainMs: 1_000 };
const MEMBER: SubscribeOptions = { ...OPTIONS, topics: [topic], group: "g", consumer: "one", from: "earliest" };

const record = (key: string, n: number): BusRecord => ({
  topic,
  key,
  value: Buffer.from(`{"event_id":"event-${n}", "event_type":"OrderPlaced"}`),
  headers: {},
});
const many = (count: number, from = 0): BusRecord[] => Array.from({ length: count }, (_, n) => record(`key-${n}`, from + n));
const idsOf = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `event-${from + n}`);

describe.skipIf("missing" in moto)(`on ${"missing" in moto ? moto.missing : "moto, an emulator"}`, { timeout: 60_000 }, () => {
  let kinesis: Awaited<ReturnType<typeof kinesisBehindProxy>>;
  beforeAll(async () => {
    if ("url" in moto) kinesis = await kinesisBehindProxy(moto);
  });
  afterEach(() => {
    kinesis.proxy.play = pass;
  });
  afterAll(async () => {
    await kinesis?.stop();
  });

  subscriberContract("kinesis", async () => {
    const slow = { KINESIS_REQUEST_TIMEOUT_MS: "5000", KINESIS_LEASE_SECONDS: "2" };
    const env = { ...kinesisSettings("url" in moto ? moto.url : ""), ...slow };
    await kinesisBus(env).open([]);
    return {
      make: async () => kinesisBus(env),
      topic: () => `system.t${randomUUID().slice(0, 8)}`,
      subscribe: kinesisAdapter.capabilities.subscribe!,
    };
  });

  test("a service's event has its topic before its key, its bytes as they were, and is found by key and topic again", async () => {
    const bus = await kinesis.opened();
    const sent = [record("k", 1), record("|odd|key", 2), record("k".repeat(300), 3), record("", 4)];
    await bus.publish({ number: 1, records: sent });
    const read = await Array.fromAsync(bus.read({ topics: [topic] }));
    expect(read.map(({ value }) => String(value)).toSorted()).toEqual(sent.map(({ value }) => String(value)).toSorted());
    expect(new Set(read.map(({ key }) => key))).toEqual(new Set(["k", "|odd|key", expect.stringMatching(/^[0-9a-f]{64}$/), ""]));
    expect(read[0]?.headers).toMatchObject({ event_type: "OrderPlaced", "content-type": "application/json" });
    expect(await bus.settle({ number: 1, claimedAt: new Date().toISOString(), records: sent })).toBe("published");
    const long = { ...record("k", 5), topic: "t".repeat(260) };
    await expect(bus.publish({ number: 2, records: [long] })).rejects.toMatchObject({
      refused: new Map([
        [long, { code: "topic_unavailable", message: expect.stringContaining("topic of at most 190") as string }],
      ]),
    });
  });

  test("the shards of a member that died go to another, which goes on where the dead one had finished", async () => {
    const env = { KINESIS_STREAM: randomUUID() };
    const leases = await startKinesisProxy("url" in moto ? moto.url : "");
    const bus = await kinesis.opened(env);
    const dead = kinesis.make({ ...env, KINESIS_CHECKPOINT_ENDPOINT: leases.url });
    const acks: (() => void)[] = [];
    let committed = 0;
    leases.play = async (call) => {
      const answer = await call.forward();
      if (String(call.body["UpdateExpression"]).includes("checkpoint")) committed++;
      return answer;
    };
    const dying = recordingSink({ handle: ({ record: { key }, ack }) => (key === "done" ? ack() : void acks.push(ack)) });
    const subscription = await dead.subscribe(MEMBER, dying);
    await bus.publish({ number: 1, records: Array.from({ length: 10 }, (_, n) => record("done", n)) });
    await vi.waitFor(() => expect(dying.ids()).toHaveLength(10), 20_000);
    await bus.publish({ number: 2, records: many(10, 10) });
    await vi.waitFor(() => expect(dying.ids()).toHaveLength(20), 20_000);
    await vi.waitFor(() => expect(committed).toBeGreaterThan(0), 20_000);
    // As of a process that is gone, no more of it reaches the table.
    leases.play = async () => "cut";
    const heir = recordingSink();
    const second = await bus.subscribe({ ...MEMBER, consumer: "two" }, heir);
    await vi.waitFor(() => expect(heir.ids().toSorted()).toEqual(idsOf(10, 20)), 20_000);
    leases.play = pass;
    for (const ack of acks) ack();
    await vi.waitFor(() => expect(subscription.lanes()).toHaveLength(0), 20_000);
    await subscription.close();
    await second.close();
    await leases.stop();
  });

  test("a shard that was made from another is read when that is finished, not only read", async () => {
    const bus = await kinesis.opened();
    await bus.publish({ number: 1, records: many(40) });
    let isSplit = false;
    kinesis.proxy.play = split(() => isSplit);
    const waiting: (() => void)[] = [];
    let isHolding = true;
    const sink = recordingSink({ handle: ({ ack }) => (isHolding ? void waiting.push(ack) : ack()) });
    const subscription = await bus.subscribe(MEMBER, sink);
    await vi.waitFor(() => expect(sink.taken.length).toBeGreaterThan(0), 20_000);
    isSplit = true;
    const parent = sink.taken.length;
    await sleep(1_500);
    expect(sink.taken).toHaveLength(parent);
    isHolding = false;
    for (const ack of waiting) ack();
    await vi.waitFor(() => expect(new Set(sink.ids())).toEqual(new Set(idsOf(0, 40))), 20_000);
    expect(sink.ids()).toHaveLength(40);
    await subscription.close();
  });
});
