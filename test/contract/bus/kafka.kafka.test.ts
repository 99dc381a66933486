import { type KafkaBus, kafkaBus } from "../../services/bus-of.ts";
import { randomUUID } from "node:crypto";
import { Kafka, logLevel, type Producer } from "kafkajs";
import { describe, expect, inject, test } from "vitest";
import type { BusRecord } from "../../../relay/bus/port/bus.ts";
import { produceForeign } from "../../services/foreign-records.ts";
import { openLed } from "../../services/open-led.ts";
import { busContract } from "./contract.ts";

const kafka = inject("kafka");
const brokers = "brokers" in kafka ? kafka.brokers : "";

/** A bus with topics and a place of its own, which are there once it is open; the same prefix again is the same bus. */
const busOf = (prefix: string): KafkaBus => {
  const bus = kafkaBus({
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    KAFKA_CLIENT_ID: prefix,
  });
  return { ...bus, open: (topics) => openLed(bus, brokers, topics) };
};
const fresh = (): string => `t${randomUUID().slice(0, 8)}.`;

const record = (topic: string, key: string): BusRecord => ({
  topic,
  key,
  value: Buffer.from("{}"),
  headers: { event_id: randomUUID(), tenant_id: "t1" },
});

/** Somebody who holds a transactional.id, and is connected. */
const producerOf = async (transactionalId: string): Promise<Producer> => {
  const kafkajs = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const producer = kafkajs.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  return producer;
};

const where = "missing" in kafka ? kafka.missing : "a real broker";

describe.skipIf("missing" in kafka)(`on ${where}`, () => {
  busContract("kafka", async () => {
    const prefix = fresh();
    return { make: async () => busOf(prefix), topics: [`${prefix}a.v1`, `${prefix}b.v1`], offsetsOfMarkers: true };
  });

  test("a zombie that held the place before cannot publish, and its open transaction leaves nothing", async () => {
    const prefix = fresh();
    const topic = `${prefix}a.v1`;
    const bus = busOf(prefix);
    const zombie = busOf(prefix);
    await zombie.open([topic]);
    await zombie.publish({ number: 1, records: [record(topic, "k")] });
    // As a relay that was killed between produce and commit: its records are in the log, its transaction is open.
    const killed = await producerOf(`${prefix}.relay.0`);
    const open = await killed.transaction();
    await open.send({ topic, messages: [{ key: "k", value: "of the killed one" }] });

    expect(await bus.open([topic])).toEqual({ lastBatch: 1 });
    expect(await bus.settle({ number: 2, claimedAt: "" })).toBe("absent");
    await expect(open.send({ topic, messages: [{ key: "k", value: "of the zombie" }] })).rejects.toThrow(/epoch|fenced/i);
    await expect(zombie.publish({ number: 2, records: [record(topic, "k")] })).rejects.toThrow("RELAY_SLOT of its own");
    await bus.publish({ number: 2, records: [record(topic, "k")] });
    expect((await Array.fromAsync(bus.read({ topics: [topic] }))).map(({ value }) => String(value))).toEqual(["{}", "{}"]);
    await Promise.all([killed.disconnect(), bus.close(), zombie.close()]);
  });

  test("topics that are made this moment, and that nobody may lead yet, are read", async () => {
    const bus = busOf(fresh());
    const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const topics = Array.from({ length: 20 }, () => `${fresh()}a.v1`);
    await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 3 })), waitForLeaders: false });
    expect(await Array.fromAsync(bus.read({ topics }))).toEqual([]);
    await Promise.all([admin.disconnect(), bus.close()]);
  });

  test("reading ends at what is committed, although a transaction of somebody's is open", async () => {
    const prefix = fresh();
    const topic = `${prefix}a.v1`;
    const bus = busOf(prefix);
    await bus.open([topic]);
    await bus.publish({ number: 1, records: [record(topic, "k")] });
    const other = await producerOf(`${prefix}other`);
    const open = await other.transaction();
    await open.send({ topic, messages: [{ key: "k", value: "not committed" }] });
    expect(await Array.fromAsync(bus.read({ topics: [topic] }))).toHaveLength(1);
    await open.abort();
    await Promise.all([other.disconnect(), bus.close()]);
  });

  test("keys go to the partitions that Java's clients choose", async () => {
    const prefix = fresh();
    const topic = `${prefix}a.v1`;
    const bus = busOf(prefix);
    await bus.open([topic]);
    // From UtilsTest.testMurmur2 of Apache Kafka.
    const java = { "21": -973932308, foobar: -790332482, "a-little-bit-long-string": -985981536, abc: 479470107 };
    await bus.publish({ number: 1, records: Object.keys(java).map((key) => record(topic, key)) });
    const read = await Array.fromAsync(bus.read({ topics: [topic] }));
    const expected = Object.entries(java).map(([key, hash]) => [key, (hash & 0x7fffffff) % 3]);
    expect(Object.fromEntries(read.map(({ key, partition }) => [key, partition]))).toEqual(Object.fromEntries(expected));
    await bus.close();
  });

  test("of another producer's records, headers have values, of one name the last counts, and a tombstone is told from nothing", async () => {
    const prefix = fresh();
    const topic = `${prefix}a.v1`;
    const bus = busOf(prefix);
    await bus.open([topic]);
    await produceForeign(brokers, topic, [
      { key: "gone", value: null },
      { key: "empty", value: "" },
      {
        key: "k",
        value: "no JSON",
        headers: [
          ["a", "1"],
          ["a", "2"],
          ["b", null],
          ["c", ""],
          ["d", "1"],
          ["d", null],
        ],
      },
    ]);
    const read = await Array.fromAsync(bus.read({ topics: [topic] }));
    expect(read.map(({ key, value, isTombstone, headers }) => ({ key, value: String(value), isTombstone, headers }))).toEqual([
      { key: "gone", value: "", isTombstone: true, headers: {} },
      { key: "empty", value: "", isTombstone: undefined, headers: {} },
      { key: "k", value: "no JSON", isTombstone: undefined, headers: { a: "2", c: "" } },
    ]);
    await bus.close();
  });

  test("a broker that is not there is an error, not a wait", async () => {
    const bus = kafkaBus({ KAFKA_BROKERS: "127.0.0.1:1" });
    await expect(bus.open(["a.v1"])).rejects.toThrow(/127\.0\.0\.1:1/);
    await bus.close();
  });

  test("kafkajs cannot be chosen any more, and why is said", () => {
    expect(() => kafkaBus({ KAFKA_CLIENT: "kafkajs", KAFKA_BROKERS: brokers })).toThrow(
      "KAFKA_CLIENT: expected no value, since kafkajs loses confirmed records when a partition moves",
    );
  });
});

test.skipIf("missing" in kafka)("while its own offset is undecided after a fence, it opens nothing, and says why", async () => {
  const prefix = fresh();
  const bus = busOf(prefix);
  await bus.open([`${prefix}a.v1`]);
  const other = await producerOf(`${prefix}other`);
  const open = await other.transaction();
  const topics = [{ topic: `${prefix}sightline.checkpoints`, partitions: [{ partition: 0, offset: "7" }] }];
  await open.sendOffsets({ consumerGroupId: `${prefix}.relay.0`, topics });
  await expect(bus.open([`${prefix}a.v1`])).rejects.toThrow(/UNSTABLE_OFFSET_COMMIT.*A transaction that hangs/);
  await open.abort();
  expect(await bus.open([`${prefix}a.v1`])).toEqual({ lastBatch: 0 });
  await Promise.all([other.disconnect(), bus.close()]);
});
