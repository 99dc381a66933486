import { kafkaBus } from "../../services/bus-of.ts";
import { randomUUID } from "node:crypto";
import { Connection, fetchV11, IS_COMPRESSED } from "@platformatic/kafka";
import { describe, expect, inject, test, vi } from "vitest";
import { openLed } from "../../services/open-led.ts";

const service = inject("kafka");
const brokers = "brokers" in service ? service.brokers : "";
const where = "missing" in service ? service.missing : "a real broker";

/** https://kafka.apache.org/documentation/#recordbatch: the lowest bits of a batch's attributes. */
const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

/** The codec of the first batch of a topic's only partition, as it is in the log. */
async function codecOf(topic: string): Promise<number | undefined> {
  const [host = "", port] = brokers.split(":");
  const connection = new Connection("test");
  await connection.connect(host, Number(port));
  const partitions = [
    { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0n, lastFetchedEpoch: -1, partitionMaxBytes: 1 << 20 },
  ];
  try {
    const { responses } = await fetchV11.api.async(
      connection,
      100,
      1,
      1 << 20,
      1,
      0,
      -1,
      [{ topicId: topic, partitions }],
      [],
      "",
    );
    const attributes = responses[0]?.partitions[0]?.records?.[0]?.attributes;
    return attributes === undefined ? undefined : attributes & IS_COMPRESSED;
  } finally {
    await connection.close();
  }
}

describe.skipIf("missing" in service)(`on ${where}`, () => {
  test.for(Object.entries(CODECS))(
    "a batch with the codec %s is so in the log, and is read again byte by byte",
    async ([codec, bits]) => {
      const place = `t${randomUUID().slice(0, 8)}.`;
      const topic = `${place}a.v1`;
      const bus = kafkaBus({
        KAFKA_BROKERS: brokers,
        KAFKA_TOPIC_PREFIX: place,
        KAFKA_CLIENT_ID: place,
        KAFKA_TOPIC_PARTITIONS: "1",
        KAFKA_PRODUCER_COMPRESSION_TYPE: codec,
      });
      await openLed(bus, brokers, [topic]);
      const values = Array.from({ length: 200 }, (_, i) => JSON.stringify({ i, text: "ü".repeat(i) }));
      const records = values.map((value) => ({ topic, key: "k", value: Buffer.from(value), headers: { tenant_id: "t1" } }));
      await bus.publish({ number: 1, records });
      await vi.waitFor(async () => {
        const read = await Array.fromAsync(bus.read({ topics: [topic] }));
        expect(read.map(({ value }) => String(value))).toEqual(values);
      }, 20_000);
      expect(await codecOf(topic)).toBe(bits);
      await bus.close();
    },
  );
});
