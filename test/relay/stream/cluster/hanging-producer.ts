/** A process of its own: a transaction with a record in each partition, which waits to be killed. Its argument is a {@link HangingProducer} as JSON. */
import process from "node:process";
import { Kafka, logLevel } from "kafkajs";
import type { Envelope } from "../../../../worker/src/envelope/envelope.ts";

/** What it does. */
export interface HangingProducer {
  brokers: string;
  topic: string;
  /** Of its transaction, milliseconds. */
  timeoutMs: number;
  /** Its events are copies of this one, with ids and requests of their own. */
  like: Envelope;
}

const PARTITIONS = [0, 1, 2];
const { brokers, topic, timeoutMs, like } = JSON.parse(process.argv[2] ?? "") as HangingProducer;
const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer({
  transactionalId: `${topic}.hangs`,
  transactionTimeout: timeoutMs,
  maxInFlightRequests: 1,
  idempotent: true,
});
await producer.connect();
const transaction = await producer.transaction();
const messages = PARTITIONS.map((partition) => {
  const payload = { ...like.payload, request_id: `hung-${partition}` };
  return { partition, value: JSON.stringify({ ...like, id: `hung-${partition}`, payload }) };
});
await transaction.send({ topic, messages });
process.stdout.write("it hangs\n");
setInterval(() => {}, timeoutMs);
