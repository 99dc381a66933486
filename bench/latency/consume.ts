/** A consumer that reads committed records of every topic of the relay, dead letters included, and knows nothing of Sightline but their names. */
import { Kafka, logLevel } from "kafkajs";
import { allTopics } from "../../relay/bus/port/topics.ts";
import type { Broker } from "../relay/broker.ts";
import type { Trail } from "./trail.ts";

const DLQ = ".dlq";

/** A consumer that runs. */
export interface Consumer {
  /** What came that nobody wants: dead letters and refusals, each with its topic and the beginning of its text. */
  unwanted: string[];
  stop(): Promise<void>;
}

/** Makes the topics, with the broker's own time in each record, and reads them; resolves when it has its partitions. */
export async function consume(broker: Broker, prefix: string, trail: Trail): Promise<Consumer> {
  const topics = allTopics({ prefix, dlqSuffix: DLQ });
  for (const topic of topics) await broker.makeTopic(topic, { "message.timestamp.type": "LogAppendTime" });
  const client = new Kafka({ clientId: "latency", brokers: broker.brokers.split(","), logLevel: logLevel.NOTHING });
  const consumer = client.consumer({ groupId: `${prefix}latency`, readUncommitted: false });
  const unwanted: string[] = [];
  const joined = Promise.withResolvers<void>();
  consumer.on("consumer.group_join", () => joined.resolve());
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, message }) => {
      const at = Date.now();
      const text = String(message.value);
      if (topic.endsWith(DLQ) || topic.endsWith("edge.event.rejected.v1")) {
        unwanted.push(`${topic.slice(prefix.length)}: ${text.slice(0, 300)}`);
        return;
      }
      const id = String(message.headers?.["event_id"]);
      trail.note("appended", [id], Number(message.timestamp));
      trail.note("consumed", [id], at);
    },
  });
  await joined.promise;
  return { unwanted, stop: () => consumer.disconnect() };
}
