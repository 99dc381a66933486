/** The bus sqs on an emulator: what of a queue it shows. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { sqsAdapter } from "../../../relay/bus/adapters/sqs/adapter.ts";
import type { BusRecord } from "../../../relay/bus/port/bus.ts";
import { allTopics } from "../../../relay/bus/port/topics.ts";
import { checkBus } from "../../../relay/cli/doctor/check-bus.ts";
import { readConfig } from "../../../relay/service/settings/config.ts";
import { awsSettings, sqsBus, stubCredentials } from "../../services/aws.ts";
import { recordingSink } from "./recording-sink.ts";
import { subscriberContract } from "./subscriber-contract.ts";

const moto = inject("moto");
const url = "url" in moto ? moto.url : "";
beforeAll(stubCredentials);
afterAll(() => void vi.unstubAllEnvs());

const settings = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ ...awsSettings("SQS", url), ...more });
const FIFO = { SQS_FIFO: "true", SQS_GROUPS: "g" };
const topicOf = (): string => `system.t${randomUUID().slice(0, 8)}`;
const record = (topic: string, key: string, n: number, value = `{"n":${n}}`): BusRecord => {
  return { topic, key, value: Buffer.from(value), headers: { event_id: `event-${n}`, tenant_id: "t1", key_kind: "web" } };
};
const OPTIONS = { batchSize: 10, blockMs: 100, pollTimeoutMs: 5_000, commitEvery: 10, commitIntervalMs: 50, drainMs: 1_000 };
const MEMBER = { ...OPTIONS, consumer: "one", from: "earliest" } as const;

describe.skipIf("missing" in moto)(`on ${"missing" in moto ? moto.missing : "moto, an emulator"}`, { timeout: 60_000 }, () => {
  subscriberContract("sqs", async () => ({
    make: async () => sqsBus(settings({ SQS_GROUPS: "g,other" })),
    topic: topicOf,
    subscribe: sqsAdapter.capabilities.subscribe!,
    ordered: false,
    group: (name) => (name === "early" || name === "other" ? "other" : "g"),
  }));

  test("a FIFO queue keeps the order of a key, and the next of a key comes when the last is acknowledged", async () => {
    const bus = sqsBus(settings(FIFO));
    const topic = topicOf();
    const waiting: (() => void)[] = [];
    const sink = recordingSink({ handle: ({ ack }) => void waiting.push(ack) });
    const subscription = await bus.subscribe({ ...MEMBER, topics: [topic], group: "g" }, sink);
    const sent = Array.from({ length: 12 }, (_, n) => record(topic, n % 3 === 0 ? "other" : "k", n));
    await bus.publish({ number: 1, records: sent });
    while (sink.taken.length < 12) {
      await vi.waitFor(() => expect(waiting).not.toEqual([]), 10_000);
      for (const ack of waiting.splice(0)) ack();
    }
    for (const key of ["k", "other"]) {
      const taken = sink.taken.filter((delivery) => delivery.record.key === key);
      expect(taken.map((delivery) => delivery.record.headers["event_id"])).toEqual(
        sent.filter((one) => one.key === key).map(({ headers }) => headers["event_id"]),
      );
    }
    await subscription.close();
    await bus.close();
  });

  test("an event that is sent again within five minutes is in a FIFO queue once", async () => {
    const bus = sqsBus(settings(FIFO));
    const topic = topicOf();
    const sink = recordingSink();
    await bus.publish({ number: 1, records: [record(topic, "k", 1), record(topic, "k", 2)] });
    await bus.publish({ number: 1, records: [record(topic, "k", 1), record(topic, "k", 2), record(topic, "k", 3)] });
    const subscription = await bus.subscribe({ ...MEMBER, topics: [topic], group: "g" }, sink);
    await vi.waitFor(() => expect(sink.ids()).toContain("event-3"), 10_000);
    expect(sink.ids()).toEqual(["event-1", "event-2", "event-3"]);
    await subscription.close();
    await bus.close();
  });

  test("what a member does not acknowledge in its time is kept from others while it lives, and counts its attempts", async () => {
    const bus = sqsBus(settings({ SQS_GROUPS: "g", SQS_VISIBILITY_SECONDS: "3" }));
    const topic = topicOf();
    await bus.publish({ number: 1, records: [record(topic, "k", 1)] });
    const [slow, idle] = [recordingSink({ handle: () => {} }), recordingSink()];
    const first = await bus.subscribe({ ...MEMBER, topics: [topic], group: "g" }, slow);
    await vi.waitFor(() => expect(slow.taken).toHaveLength(1), 10_000);
    const second = await bus.subscribe({ ...MEMBER, consumer: "two", topics: [topic], group: "g" }, idle);
    const until = Date.now() + 4_500;
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(until), { timeout: 10_000, interval: 100 });
    expect(idle.taken).toHaveLength(0);
    expect(idle.empty).toBeGreaterThan(0);
    await first.close();
    await vi.waitFor(() => expect(idle.taken).toHaveLength(1), 10_000);
    expect(idle.taken[0]?.attempt).toBe(2);
    await second.close();
    await bus.close();
  });

  test("a group that has no queues of its own is refused by name, and so is a subscriber without a group", async () => {
    const bus = sqsBus(settings({ SQS_GROUPS: "g" }));
    const sink = recordingSink();
    await expect(bus.subscribe({ ...MEMBER, topics: ["a.b"], group: "h" }, sink)).rejects.toThrow(
      /SQS_GROUPS names.*the group h/,
    );
    await expect(bus.subscribe({ ...MEMBER, topics: ["a.b"], group: undefined }, sink)).rejects.toThrow(/got no group/);
    await bus.close();
  });

  test("a record that is too large, one without a value and a topic without a queue are refused, and only they", async () => {
    const bus = sqsBus(settings({ SQS_CREATE_QUEUES: "false" }));
    const owner = sqsBus(settings());
    const [topic, absent] = [topicOf(), topicOf()];
    await owner.open([topic]);
    await expect(bus.open([topic, absent])).rejects.toThrow(`there are no queues of ${absent}`);
    const large = record(topic, "k", 1, "x".repeat(1_048_576));
    const [empty, lost, good] = [record(topic, "k", 2, ""), record(absent, "k", 3), record(topic, "k", 4)];
    const records = [large, empty, lost, good];
    const error: unknown = await bus.publish({ number: 1, records }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "PublishError", outcome: "absent", missing: records });
    const { refused } = error as { refused: Map<BusRecord, { code: string }> };
    expect(new Map([...refused].map(([one, { code }]) => [one, code]))).toEqual(
      new Map([
        [large, "record_too_large"],
        [empty, "record_refused"],
        [lost, "topic_unavailable"],
      ]),
    );
    await bus.publish({ number: 2, records: [good] });
    await owner.close();
    await bus.close();
  });

  test("doctor tells which queues are missing, and makes none", async () => {
    const env = settings({ SQS_TOPIC_PREFIX: `p${randomUUID().slice(0, 8)}.`, SQS_GROUPS: "g" });
    const look = (more: NodeJS.ProcessEnv) => checkBus(readConfig({ ...env, ...more }));
    for (const [SQS_CREATE_QUEUES, verdict] of [
      ["true", "ok"],
      ["false", "fail"],
    ]) {
      const findings = await look({ SQS_CREATE_QUEUES });
      expect(findings[1]).toMatchObject({ verdict, found: expect.stringMatching(/^12 of 12 queues are missing/) as string });
    }
    const bus = sqsBus(env);
    await bus.open(allTopics(readConfig(env).bus.topics));
    expect((await look({}))[1]).toMatchObject({ verdict: "ok", found: "all 12 queues are there" });
    await bus.close();
  });

  test("an address where nobody listens is an error that is sure to have left nothing", async () => {
    const bus = sqsBus(settings({ SQS_ENDPOINT: "http://127.0.0.1:1" }));
    const records = [record("a.b", "k", 1)];
    await expect(bus.open(["a.b"])).rejects.toThrow(/127\.0\.0\.1:1/);
    await expect(bus.publish({ number: 1, records })).rejects.toMatchObject({
      outcome: "absent",
      missing: records,
      topics: undefined,
    });
    await bus.close();
  });
});
