import process from "node:process";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import type { BareClient, BareRecord, BareRun } from "./bare.ts";

/** kafkajs, as its manual has it: in transactions idempotent and one request at a time, which it asks for. */
export async function startKafkajs({ brokers, topic, transaction }: BareRun): Promise<BareClient> {
  const kafka = new Kafka({ clientId: "bench", brokers: brokers.split(","), logLevel: logLevel.ERROR });
  const inTransactions = { transactionalId: `bench.${process.pid}`, idempotent: true, maxInFlightRequests: 1 };
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    ...(transaction > 0 ? inTransactions : {}),
  });
  await producer.connect();
  const of = (batch: readonly BareRecord[]) => ({ topic, acks: -1, messages: [...batch] });
  return {
    async send(batch) {
      await producer.send(of(batch));
    },
    async transact(batches) {
      const begun = await producer.transaction();
      for (const batch of batches) await begun.send(of(batch));
      await begun.commit();
    },
    close: () => producer.disconnect(),
  };
}
