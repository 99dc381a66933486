/** The bus of services on Kafka: side by side, several publishes under way at once, each record once and in order of its key. */
import { randomUUID } from "node:crypto";
import { type Admin, Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { BusRecord, PublishError } from "../../../relay/bus/port/bus.ts";
import { kafkaServiceBus } from "../../services/bus-of.ts";
import { openLed } from "../../services/open-led.ts";

const service = inject("kafka");
const brokers = "brokers" in service ? service.brokers : "";
const where = "missing" in service ? service.missing : "a real broker";

const fresh = (): string => `t${randomUUID().slice(0, 8)}.`;
const busOf = (prefix: string) =>
  kafkaServiceBus({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_CLIENT_ID: prefix });
const record = (topic: string, key: string, value: string): BusRecord => ({ topic, key, value: Buffer.from(value), headers: {} });
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe.skipIf("missing" in service)(`services on ${where}`, () => {
  let admin: Admin;
  beforeAll(async () => {
    admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(() => admin?.disconnect());

  test("what two services publish side by side, without waiting, is there once, each key's in order; no topic of receipts is made", async () => {
    const prefix = fresh();
    const topic = `${prefix}a.v1`;
    const buses = [busOf(prefix), busOf(prefix)];
    await Promise.all(buses.map((bus) => openLed(bus, brokers, [topic])));
    const publishing = buses.flatMap((bus, who) =>
      numbers(400).map((i) => bus.publish({ number: 0, records: [record(topic, `${who}-${i % 7}`, String(i))] })),
    );
    await Promise.all(publishing);
    const read = await Array.fromAsync(buses[0]!.read({ topics: [topic] }));
    const values = Map.groupBy(read, ({ key }) => key);
    expect(values.size).toBe(14);
    for (const [key, own] of values) {
      const sent = numbers(400).filter((i) => i % 7 === Number(key.split("-")[1]));
      expect(own.map(({ value }) => Number(value))).toEqual(sent);
    }
    expect((await admin.listTopics()).filter((name) => name.startsWith(prefix))).toEqual([topic]);
    await Promise.all(buses.map((bus) => bus.close()));
  });

  test("of records that are too large exactly these are refused, and all others are there, in order", async () => {
    const prefix = fresh();
    const topic = `${prefix}a.v1`;
    const configEntries = [{ name: "max.message.bytes", value: "20000" }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: false });
    const bus = busOf(prefix);
    await openLed(bus, brokers, [topic]);
    const records = numbers(40).map((i) => record(topic, "k", String(i).padEnd(i === 13 || i === 21 ? 50_000 : 3_000)));
    const later = bus.publish({ number: 0, records });
    const after = bus.publish({ number: 0, records: [record(topic, "k", "after")] });
    const error = (await later.catch((thrown: unknown) => thrown)) as PublishError;
    await after;
    expect(error).toMatchObject({ name: "PublishError", outcome: "absent", missing: [records[13], records[21]] });
    expect([...(error.refused?.values() ?? [])].map(({ code }) => code)).toEqual(["record_too_large", "record_too_large"]);
    const read = await Array.fromAsync(bus.read({ topics: [topic] }));
    const expected = numbers(40).filter((i) => i !== 13 && i !== 21);
    expect(read.map(({ value }) => String(value).trim())).toEqual([...expected.map(String), "after"]);
    await bus.close();
  });

  test("records of a topic that does not exist are refused, and those of others are there", async () => {
    const prefix = fresh();
    const bus = busOf(prefix);
    await openLed(bus, brokers, [`${prefix}a.v1`]);
    const records = [record(`${prefix}a.v1`, "k", "1"), record(`${prefix}none.v1`, "k", "2")];
    const error = (await bus.publish({ number: 0, records }).catch((thrown: unknown) => thrown)) as PublishError;
    expect([...(error.refused ?? [])]).toEqual([
      [records[1], { code: "topic_unavailable", message: expect.stringContaining("UNKNOWN_TOPIC") as string }],
    ]);
    expect(error.missing).toEqual([records[1]]);
    expect(await Array.fromAsync(bus.read({ topics: [`${prefix}a.v1`] }))).toHaveLength(1);
    await bus.close();
  });

  test("a topic is created with the retention of its category, one without a category as the brokers say", async () => {
    const prefix = fresh();
    const bus = busOf(prefix);
    const topics = [`${prefix}realtime.cursor`, `${prefix}eventstore.orders`, `${prefix}a.v1`];
    await openLed(bus, brokers, topics);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: 2, name, configNames: ["retention.ms"] })),
    });
    const found = resources.map(({ configEntries }) =>
      configEntries.map(({ configValue, isDefault }) => [configValue, isDefault]),
    );
    expect(found).toEqual([[["14400000", false]], [["315532800000", false]], [["604800000", expect.anything()]]]);
    await bus.close();
  });

  test("a broker that is not there is an error, not a wait", async () => {
    const bus = kafkaServiceBus({ KAFKA_BROKERS: "127.0.0.1:1" });
    await expect(bus.open(["a.v1"])).rejects.toThrow(/127\.0\.0\.1:1/);
    await bus.close();
  });
});
