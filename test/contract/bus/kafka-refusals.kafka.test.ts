import { type KafkaBus, kafkaBus } from "../../services/bus-of.ts";
import { randomUUID } from "node:crypto";
import { type Admin, Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import type { BusRecord, PublishError, StoredRecord } from "../../../relay/bus/port/bus.ts";
import { openLed } from "../../services/open-led.ts";

const service = inject("kafka");
const brokers = "brokers" in service ? service.brokers : "";
const where = "missing" in service ? service.missing : "a real broker";

const record = (topic: string, key: string, bytes = 2): BusRecord => ({
  topic,
  key,
  // Not compressible, and told apart.
  value: Buffer.from(randomUUID().repeat(Math.ceil(bytes / 36))).subarray(0, bytes),
  headers: { event_id: randomUUID(), tenant_id: "t1" },
});
const idsOf = (records: BusRecord[]) => records.map(({ headers }) => headers["event_id"]);

const failure = async (bus: KafkaBus, number: number, records: BusRecord[]): Promise<PublishError> =>
  bus.publish({ number, records }).then(
    () => Promise.reject(new Error("expected a PublishError, and it published")),
    (error: PublishError) => error,
  );
const readAll = (bus: KafkaBus, topics: string[], count: number): Promise<StoredRecord[]> =>
  vi.waitFor(async () => {
    const read = await Array.fromAsync(bus.read({ topics }));
    expect(read).toHaveLength(count);
    return read;
  }, 20_000);

describe.skipIf("missing" in service)(`on ${where}`, () => {
  let admin: Admin;
  beforeAll(async () => {
    admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(() => admin?.disconnect());

  /** A bus with a topic of that config, and another one. */
  const setUp = async (config: Record<string, string>): Promise<{ bus: KafkaBus; topic: string; other: string }> => {
    const place = `t${randomUUID().slice(0, 8)}.`;
    const [topic, other] = [`${place}a.v1`, `${place}b.v1`];
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    // Not waited for here: kafkajs throws where the broker does not know of the topic yet.
    await admin.createTopics({ topics: [{ topic, numPartitions: 3, configEntries }], waitForLeaders: false });
    const settings = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: place, KAFKA_CLIENT_ID: place };
    const bus = kafkaBus(settings);
    await openLed(bus, brokers, [topic, other]);
    return { bus, topic, other };
  };

  test("of a batch with two records that are too large, exactly these are refused, and without them it is taken", async () => {
    const { bus, topic, other } = await setUp({ "max.message.bytes": "20000" });
    const records = Array.from({ length: 40 }, (_, i) =>
      record(i % 4 === 3 ? other : topic, `k${i % 5}`, i === 13 || i === 21 ? 50_000 : 3_000),
    );
    const error = await failure(bus, 1, records);
    expect(error).toMatchObject({ name: "PublishError", outcome: "absent" });
    expect([...(error.refused?.keys() ?? [])].toSorted((a, b) => records.indexOf(a) - records.indexOf(b))).toEqual([
      records[13],
      records[21],
    ]);
    expect(new Set([...(error.refused?.values() ?? [])].map(({ code }) => code))).toEqual(new Set(["record_too_large"]));
    expect(await bus.settle({ number: 1, claimedAt: "" })).toBe("absent");
    const rest = records.filter((_, i) => i !== 13 && i !== 21);
    await bus.publish({ number: 2, records: rest });
    expect(idsOf(await readAll(bus, [topic, other], rest.length)).toSorted()).toEqual(idsOf(rest).toSorted());
    await bus.close();
  });

  test("a batch that is too large as one is taken in smaller ones, each key in its order", async () => {
    const { bus, topic } = await setUp({ "max.message.bytes": "20000" });
    const records = Array.from({ length: 60 }, (_, i) => record(topic, `k${i % 3}`, 3_000));
    await bus.publish({ number: 1, records });
    expect(await bus.settle({ number: 1, claimedAt: "" })).toBe("published");
    const read = await readAll(bus, [topic], records.length);
    for (const key of ["k0", "k1", "k2"]) {
      expect(idsOf(read.filter((found) => found.key === key))).toEqual(idsOf(records.filter((sent) => sent.key === key)));
    }
    await bus.close();
  });

  test("records of a topic that does not exist are refused, and nothing makes the topic", async () => {
    const { bus, topic } = await setUp({});
    const nowhere = `${topic}.nowhere`;
    const records = [record(topic, "k"), record(nowhere, "k"), record(topic, "k")];
    const error = await failure(bus, 1, records);
    expect([...(error.refused ?? [])]).toEqual([
      [records[1], { code: "topic_unavailable", message: expect.stringContaining("UNKNOWN_TOPIC_OR_PARTITION") as string }],
    ]);
    await bus.publish({ number: 2, records: [records[0]!, records[2]!] });
    expect(idsOf(await readAll(bus, [topic], 2))).toEqual(idsOf([records[0]!, records[2]!]));
    expect(await admin.listTopics()).not.toContain(nowhere);
    await bus.close();
  });
});
