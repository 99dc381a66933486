import process from "node:process";
import { Producer, ProduceAcks, serializersFrom, stringSerializer } from "@platformatic/kafka";
import type { BareClient, BareRecord, BareRun } from "./bare.ts";

/** The values of a record are bytes already; nothing but key and headers is text. */
const serializers = { ...serializersFrom(stringSerializer), value: (value?: Buffer) => value };

/** @platformatic/kafka, as its manual has it. */
export async function startPlatformatic({ brokers, topic, transaction }: BareRun): Promise<BareClient> {
  const producer = new Producer<string, Buffer, string, string>({
    clientId: "bench",
    bootstrapBrokers: brokers.split(","),
    serializers,
    acks: ProduceAcks.ALL,
    ...(transaction > 0 ? { transactionalId: `bench.${process.pid}`, idempotent: true } : {}),
  });
  const of = (batch: readonly BareRecord[]) => ({ messages: batch.map((record) => ({ topic, ...record })) });
  return {
    async send(batch) {
      await producer.send(of(batch));
    },
    async transact(batches) {
      const begun = await producer.beginTransaction();
      for (const batch of batches) await begun.send(of(batch));
      await begun.commit();
    },
    close: () => producer.close(),
  };
}
