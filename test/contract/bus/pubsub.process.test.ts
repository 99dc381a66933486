/** The bus pubsub on Google's server for tests. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { pubsubAdapter } from "../../../relay/bus/adapters/pubsub/adapter.ts";
import { createPubsubBus } from "../../../relay/bus/adapters/pubsub/pubsub.ts";
import type { PubsubOptions } from "../../../relay/bus/adapters/pubsub/settings.ts";
import type { BusRecord, PublishError } from "../../../relay/bus/port/bus.ts";
import { allTopics } from "../../../relay/bus/port/topics.ts";
import { checkBus } from "../../../relay/cli/doctor/check-bus.ts";
import { readConfig } from "../../../relay/service/settings/config.ts";
import { recordingSink } from "./recording-sink.ts";
import { subscriberContract } from "./subscriber-contract.ts";

const pstest = inject("pstest");
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  EVENT_PUBLISHER: "pubsub",
  PUBSUB_PROJECT: "of-the-tests",
  PUBSUB_ENDPOINT: "address" in pstest ? pstest.address : "",
  ...more,
});
const busOf = (more: NodeJS.ProcessEnv = {}) => createPubsubBus(readConfig(env(more)).bus.options as PubsubOptions);
const topicOf = (): string => `system.t${randomUUID().slice(0, 8)}`;
const record = (topic: string, key: string, n: number, value = `{"n":${n}}`): BusRecord => {
  return { topic, key, value: Buffer.from(value), headers: { event_id: `event-${n}` } };
};
const OPTIONS = { batchSize: 10, blockMs: 100, pollTimeoutMs: 5_000, commitEvery: 10, commitIntervalMs: 50, drainMs: 1_000 };

// Google's library would look for the machine's own identity elsewhere.
beforeAll(() => void vi.stubEnv("METADATA_SERVER_DETECTION", "none"));
afterAll(() => void vi.unstubAllEnvs());

describe.skipIf("missing" in pstest)(`on ${"missing" in pstest ? pstest.missing : "pstest"}`, { timeout: 60_000 }, () => {
  subscriberContract("pubsub", async () => ({
    make: async () => busOf(),
    topic: topicOf,
    holdsBack: true,
    subscribe: pubsubAdapter.capabilities.subscribe!,
  }));

  test("keys longer than Pub/Sub orders by keep their order, and no more than what is asked for is handed over", async () => {
    const bus = busOf();
    const topic = topicOf();
    const sink = recordingSink();
    const sizes: number[] = [];
    const take = sink.take.bind(sink);
    sink.take = async (deliveries) => {
      sizes.push(deliveries.length);
      await take(deliveries);
    };
    const member = { ...OPTIONS, batchSize: 3, topics: [topic], group: "g", consumer: "one", from: "latest" } as const;
    const subscription = await bus.subscribe({ ...member, topics: [topic] }, sink);
    const sent = Array.from({ length: 12 }, (_, n) => record(topic, "é".repeat(600), n));
    await bus.publish({ number: 1, records: sent });
    await vi.waitFor(() => expect(sink.ids()).toEqual(sent.map(({ headers }) => headers["event_id"])), 20_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
    expect(sink.taken[0]?.record.key).toMatch(/^[0-9a-f]{64}$/);
    await subscription.close();
    await bus.close();
  });

  test("a topic that does not exist, a record that is too large and a header that is too long are refused, and only they", async () => {
    const bus = busOf({ PUBSUB_CREATE_TOPICS: "false" });
    const owner = busOf();
    const [topic, absent] = [topicOf(), topicOf()];
    await owner.open([topic]);
    await expect(bus.open([topic, absent])).rejects.toThrow(`there are no topics ${absent}`);
    const [lost, good] = [record(absent, "k", 1), record(topic, "k", 2)];
    const error: unknown = await bus.publish({ number: 1, records: [lost, good] }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      outcome: "absent",
      missing: [lost],
      refused: new Map([[lost, { code: "topic_unavailable" }]]),
    });
    const large = record(topic, "k", 3, "x".repeat(9_900_000));
    const long = { ...record(topic, "k", 4), headers: { note: "x".repeat(1_025) } };
    const records = [large, long, good];
    const two = await bus.publish({ number: 2, records }).catch((thrown: unknown) => thrown as PublishError);
    // By their places: to compare megabytes takes seconds.
    expect(two?.missing?.map((one) => records.indexOf(one))).toEqual([0, 1, 2]);
    expect([...(two?.refused ?? [])].map(([one, { code }]) => [records.indexOf(one), code])).toEqual([
      [0, "record_too_large"],
      [1, "record_refused"],
    ]);
    await owner.close();
    await bus.close();
  });

  test("an address where nobody listens is told at once, and is sure to have left nothing", async () => {
    const bus = busOf({ PUBSUB_ENDPOINT: "127.0.0.1:1" });
    const records = [record("a.b", "k", 1)];
    const began = Date.now();
    await expect(bus.publish({ number: 1, records })).rejects.toMatchObject({ outcome: "absent", missing: records });
    await expect(bus.open(["a.b"])).rejects.toThrow(/127\.0\.0\.1:1|UNAVAILABLE/);
    expect(Date.now() - began).toBeLessThan(10_000);
    await bus.close();
  });

  test("doctor tells which topics are missing, and makes none", async () => {
    const own = env({ PUBSUB_TOPIC_PREFIX: `p${randomUUID().slice(0, 8)}.` });
    const config = readConfig(own);
    const missing = { verdict: "ok", found: expect.stringMatching(/^12 of 12 topics are missing/) as string };
    expect((await checkBus(config))[1]).toMatchObject(missing);
    expect((await checkBus(readConfig({ ...own, PUBSUB_CREATE_TOPICS: "false" })))[1]).toMatchObject({
      ...missing,
      verdict: "fail",
    });
    const bus = busOf(own);
    await bus.open(allTopics(config.bus.topics));
    expect((await checkBus(config))[1]).toMatchObject({ verdict: "ok", found: "all 12 topics are there" });
    await bus.close();
  });
});
