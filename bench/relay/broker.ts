/** The broker that everything runs on: the one at KAFKA_BROKERS, else one that is started for the run. */
import process from "node:process";
import { ConstantBackoff, handleAll, retry } from "cockatiel";
import { Kafka, logLevel } from "kafkajs";
import { startKafka } from "../../test/services/kafka.ts";

/** Partitions of every topic; the relay makes its own with as many. */
const PARTITIONS = 3;

/** A topic that was just made is not known everywhere at once. */
const soon = retry(handleAll, { maxAttempts: 100, backoff: new ConstantBackoff(100) });

/** A broker, and what is asked of it beside the producing. */
export interface Broker {
  brokers: string;
  makeTopic(topic: string, settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Places taken in a topic, by its high watermarks: records, and the markers of transactions. */
  places(topic: string): Promise<number>;
  /** Deletes the topics of a prefix. */
  sweep(prefix: string): Promise<void>;
  close(): Promise<void>;
}

/** Connects to the broker, or starts one. */
export async function openBroker(): Promise<Broker> {
  const given = process.env["KAFKA_BROKERS"];
  const started = given === undefined || given === "" ? await startKafka() : undefined;
  const brokers = started?.brokers ?? given ?? "";
  const admin = new Kafka({ clientId: "bench", brokers: brokers.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const places = async (topic: string): Promise<number> =>
    (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  return {
    brokers,
    places,
    async makeTopic(topic, settings = {}) {
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
      await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, configEntries }], waitForLeaders: false });
      await soon.execute(() => places(topic));
    },
    async sweep(prefix) {
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
      if (topics.length > 0) await admin.deleteTopics({ topics });
    },
    async close() {
      await admin.disconnect();
      await started?.stop();
    },
  };
}
