/** Consuming by both protocols of groups, on a real broker. */
import { randomUUID } from "node:crypto";
import { type Admin, Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { kafkaAdapter } from "../../../relay/bus/adapters/kafka/adapter.ts";
import type { BusRecord } from "../../../relay/bus/port/bus.ts";
import type { Delivery, SubscribeOptions, Subscription } from "../../../relay/bus/port/subscriber.ts";
import { kafkaServiceBus } from "../../services/bus-of.ts";
import { expelMembers } from "../../services/expel-members.ts";
import { produceForeign } from "../../services/foreign-records.ts";
import { openLed } from "../../services/open-led.ts";
import { subscriberContract } from "./subscriber-contract.ts";
import { type WorkingSink, workingSink } from "../../services/working-sink.ts";

const service = inject("kafka");
const brokers = "brokers" in service ? service.brokers : "";
const where = "missing" in service ? service.missing : "a real broker";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const valuesOf = (deliveries: Delivery[]): string[] => deliveries.map(({ record }) => String(record.value));
const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 20 });

describe.skipIf("missing" in service).each(["consumer", "classic"])(`by the protocol %s, on ${where}`, (protocol) => {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  let admin: Admin;
  let bus: ReturnType<typeof kafkaServiceBus>;
  let topic: string;
  let group: string;
  const open: Subscription[] = [];

  beforeAll(async () => {
    admin = kafka.admin();
    await admin.connect();
  });
  afterAll(() => admin?.disconnect());
  beforeEach(async () => {
    const prefix = `t${randomUUID().slice(0, 8)}.`;
    [topic, group] = [`${prefix}a.v1`, `${prefix}group`];
    bus = kafkaServiceBus({
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC_PREFIX: prefix,
      KAFKA_TOPIC_PARTITIONS: "4",
      KAFKA_CONSUMER_GROUP_PROTOCOL: protocol,
      KAFKA_CONSUMER_HEARTBEAT_INTERVAL_MS: "300",
    });
    await openLed(bus, brokers, [topic]);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await bus.close();
  });

  const publish = (values: readonly (string | number)[], to = topic): Promise<void> => {
    const records = values.map((value): BusRecord => ({
      topic: to,
      key: `k${value}`,
      value: Buffer.from(String(value)),
      headers: {},
    }));
    return bus.publish({ number: 0, records });
  };
  const subscribe = async (sink: WorkingSink, more: Partial<SubscribeOptions> = {}): Promise<Subscription> => {
    const options: SubscribeOptions = {
      topics: [topic],
      group,
      consumer: "member",
      from: "earliest",
      batchSize: 100,
      blockMs: 200,
      pollTimeoutMs: 5_000,
      commitEvery: 100,
      commitIntervalMs: 200,
      drainMs: 10_000,
      ...more,
    };
    const subscription = await bus.subscribe(options, sink);
    open.push(subscription);
    return subscription;
  };
  const close = async (subscription: Subscription): Promise<void> => {
    open.splice(open.indexOf(subscription), 1);
    await subscription.close();
  };
  /** What the group has committed, by partition; -1 where nothing. */
  const committed = async (): Promise<number[]> => {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    return found!.partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
  };
  const ends = async (): Promise<number[]> => {
    const found = await admin.fetchTopicOffsets(topic);
    return found.toSorted((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
  };

  test("through a rebalance all other partitions go on, those that go are drained first, and nothing is handled twice", async () => {
    const held = Promise.withResolvers<void>();
    // Of each partition the record "hold" stays in work.
    const handle = async ({ record, ack }: Delivery): Promise<void> => {
      if (String(record.value) === "hold") await held.promise;
      ack();
    };
    const [first, second] = [workingSink({ handle }), workingSink()];
    const one = await subscribe(first);
    await until(() => expect(one.lanes()).toHaveLength(4));
    const hold = numbers(4).map((partition) => ({ partition, value: "hold" }));
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: hold });
    await until(() => expect(valuesOf(first.deliveries)).toHaveLength(4));

    const other = await subscribe(second, { consumer: "other" });
    await until(() => expect(first.drained).toHaveLength(2));
    const kept = one.lanes();
    expect(kept).toHaveLength(2);
    // While it waits for what is in work of two partitions, the other two go on, and nobody has the two yet.
    await producer.send({ topic, messages: numbers(4).map((partition) => ({ partition, value: "during" })) });
    await until(() =>
      expect(
        first.deliveries
          .slice(4)
          .map(({ lane }) => lane)
          .toSorted(),
      ).toEqual(kept.toSorted()),
    );
    expect(other.lanes()).toEqual([]);

    held.resolve();
    await until(() => expect(other.lanes().toSorted()).toEqual(first.drained.toSorted()));
    await until(() => expect(valuesOf(second.deliveries)).toEqual(["during", "during"]));
    await producer.disconnect();
    await close(one);
    await until(() => expect(other.lanes()).toHaveLength(4));
    await publish(["after"]);
    await until(() => expect(valuesOf(second.deliveries)).toEqual(["during", "during", "after"]));
    expect(first.deliveries).toHaveLength(6);
    expect([...first.faults, ...second.faults]).toEqual([]);
  });

  test("a group goes on behind the lowest record that has not ended, and sees nothing again that lies before it", async () => {
    // All of one key, so of one partition.
    const records = numbers(50).map((i): BusRecord => ({ topic, key: "k", value: Buffer.from(String(i)), headers: {} }));
    await bus.publish({ number: 0, records });
    const first = workingSink({ handle: ({ record, ack }) => void (String(record.value) !== "30" && ack()) });
    const one = await subscribe(first);
    await until(() => expect(first.deliveries).toHaveLength(50));
    const lag = [...((await one.lag()) ?? [])].reduce((sum, [, count]) => sum + count, 0);
    expect(lag).toBe(1);
    await close(one);
    const second = workingSink();
    await subscribe(second);
    await until(() => expect(valuesOf(second.deliveries)).toEqual(numbers(50).slice(30).map(String)));
  });

  test("records of aborted transactions are not seen, several of one producer in one fetch, and the lag comes to 0", async () => {
    const producer = kafka.producer({ transactionalId: `${group}.tx`, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const say = async (value: string, end: "commit" | "abort"): Promise<void> => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value }] });
      await transaction[end]();
    };
    for (const [value, outcome] of Object.entries({
      a: "abort",
      b: "commit",
      c: "abort",
      d: "abort",
      e: "commit",
      f: "abort",
    } as const)) {
      await say(value, outcome);
    }
    await producer.disconnect();
    const sink = workingSink();
    const one = await subscribe(sink);
    await until(() => expect(valuesOf(sink.deliveries)).toEqual(["b", "e"]));
    await until(async () => expect([...((await one.lag())?.values() ?? [])]).toEqual([0, 0, 0, 0]));
    // By whoever looks from outside, too: markers and aborted records are behind the group.
    await until(async () => expect((await committed())[0]).toBe((await ends())[0]));
    expect((await ends())[0]).toBe(12);
  });

  test("foreign records are handed over as they are: no JSON, tombstones, headers of no value or of one name", async () => {
    await produceForeign(brokers, topic, [
      { key: "gone", value: null },
      { key: "", value: "no JSON" },
      {
        key: "k",
        value: "",
        headers: [
          ["a", "1"],
          ["a", "2"],
          ["b", null],
        ],
      },
    ]);
    const sink = workingSink();
    await subscribe(sink);
    await until(() => expect(sink.deliveries).toHaveLength(3));
    const seen = sink.deliveries.map(({ record: { key, value, isTombstone, headers } }) => [
      key,
      String(value),
      isTombstone,
      headers,
    ]);
    expect(seen).toEqual([
      ["gone", "", true, {}],
      ["", "no JSON", undefined, {}],
      ["k", "", undefined, { a: "2" }],
    ]);
  });

  test("what a member acknowledges after the group has gone on without it counts for nothing", async () => {
    const sink = workingSink({ handle: () => {} });
    const one = await subscribe(sink);
    await until(() => expect(one.lanes()).toHaveLength(4));
    await publish(["1"]);
    await until(() => expect(sink.deliveries).toHaveLength(1));
    await expelMembers(brokers, group);
    // It finds out by its next heartbeat, joins again, and gets the record again.
    await until(() => expect(sink.deliveries).toHaveLength(2));
    const [before, after] = sink.deliveries;
    before!.ack();
    expect([...((await one.lag())?.values() ?? [])].toSorted()).toEqual([0, 0, 0, 1]);
    expect(Math.max(...(await committed()))).toBeLessThanOrEqual(0);
    after!.ack();
    await until(async () => expect(Math.max(...(await committed()))).toBe(1));
  });

  test("while its sink does not take more, a member stays one and fetches nothing more", async () => {
    await publish(numbers(400));
    const room = Promise.withResolvers<void>();
    const sink = workingSink();
    const take = sink.take;
    sink.take = async (deliveries) => {
      await take(deliveries);
      await room.promise;
    };
    const one = await subscribe(sink, { batchSize: 10 });
    await until(() => expect(sink.deliveries).toHaveLength(10));
    await publish(["late"]);
    const other = await subscribe(workingSink(), { consumer: "other" });
    // A rebalance: it takes part in it, and is handed nothing more.
    await until(() => expect(other.lanes()).toHaveLength(2));
    expect(one.lanes()).toHaveLength(2);
    expect(sink.deliveries).toHaveLength(10);
    room.resolve();
    await until(async () => expect([...((await one.lag())?.values() ?? [])]).toEqual([0, 0]));
    expect(new Set(valuesOf(sink.deliveries)).size).toBe(sink.deliveries.length);
  });
});

describe.skipIf("missing" in service).each(["consumer", "classic"])(`by the protocol %s, on ${where}`, (protocol) => {
  subscriberContract(`kafka, by the protocol ${protocol}`, async () => {
    const prefix = `t${randomUUID().slice(0, 8)}.`;
    const env = {
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC_PREFIX: prefix,
      KAFKA_CONSUMER_GROUP_PROTOCOL: protocol,
      KAFKA_CONSUMER_HEARTBEAT_INTERVAL_MS: "300",
    };
    return {
      make: async () => kafkaServiceBus(env),
      topic: () => `${prefix}${randomUUID()}.v1`,
      subscribe: kafkaAdapter.capabilities.subscribe!,
      group: (name) => `${prefix}${name}`,
    };
  });
});

describe.skipIf("missing" in service)(`records of many bytes, on ${where}`, () => {
  test("of them no more is fetched ahead than a few responses, however many records there may be", async () => {
    const prefix = `t${randomUUID().slice(0, 8)}.`;
    const topic = `${prefix}a.v1`;
    const bus = kafkaServiceBus({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_TOPIC_PARTITIONS: "4" });
    const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await openLed(bus, brokers, [topic]);
    const value = Buffer.alloc(900_000, "x");
    const publish = (count: number) =>
      bus.publish({ number: 0, records: numbers(count).map((n) => ({ topic, key: `k${n}`, value, headers: {} })) });
    await publish(4);
    const [room, sink] = [Promise.withResolvers<void>(), workingSink()];
    const take = sink.take;
    sink.take = async (deliveries) => {
      await take(deliveries);
      if (deliveries.length > 0) await room.promise;
    };
    const how = { topics: [topic], group: `${prefix}group`, from: "earliest" as const, batchSize: 1_000, blockMs: 200 };
    const pace = { pollTimeoutMs: 5_000, commitEvery: 100, commitIntervalMs: 200, drainMs: 10_000 };
    const one = await bus.subscribe({ ...how, ...pace, consumer: "member" }, sink);
    await until(() => expect(sink.deliveries.length).toBeGreaterThan(0));
    // What is published is fetched meanwhile, where there is room for it.
    for (let n = 0; n < 4; n++) await publish(16);
    // What was not fetched by now never is.
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: ends.map(({ partition, high }) => ({ partition, offset: high })) });
    room.resolve();
    await until(async () => expect(Math.max(...((await one.lag())?.values() ?? [1]))).toBe(0));
    expect(sink.deliveries.length * value.length).toBeLessThan(34_000_000);
    await one.close();
    await bus.close();
    await admin.disconnect();
  });
});

describe.skipIf("missing" in service)(`without a group, on ${where}`, () => {
  test("a subscriber gets every record from now on, of partitions that come later too, and leaves no group behind", async () => {
    const prefix = `t${randomUUID().slice(0, 8)}.`;
    const [topic, later] = [`${prefix}a.v1`, `${prefix}b.v1`];
    const bus = kafkaServiceBus({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix });
    await openLed(bus, brokers, [topic]);
    const publish = (to: string, value: string) =>
      bus.publish({ number: 0, records: [{ topic: to, key: "k", value: Buffer.from(value), headers: {} }] });
    await publish(topic, "before");
    const sink = workingSink();
    const options = { topics: [topic, later], group: undefined, consumer: "alone", from: "earliest" as const, batchSize: 10 };
    const times = { blockMs: 100, pollTimeoutMs: 5_000, commitEvery: 1, commitIntervalMs: 100, drainMs: 1_000 };
    const subscription = await bus.subscribe({ ...options, ...times }, sink);
    await publish(topic, "1");
    await openLed(bus, brokers, [later]);
    await publish(later, "2");
    await until(() => expect(valuesOf(sink.deliveries)).toEqual(["1", "2"]));
    await subscription.close();
    await bus.close();
  });
});
