/** Kafka and Redpanda: the cluster, its topics and their replicas. */
import { type Admin, type ConfigResourceTypes, Kafka, logLevel } from "kafkajs";
import { kafkaConnection, kafkajsLogin } from "./connect.ts";
import { allTopics, checkpointsName, type TopicNames } from "../../port/topics.ts";
import type { KafkaOptions } from "./settings.ts";
import { type Finding, findings } from "../../port/finding.ts";

const { ok, warn, fail } = findings("bus");

/** kafkajs' number for a topic among the resources that have settings; its enum cannot be imported by name from an ES module. */
const TOPIC: ConfigResourceTypes = 2;

/** Asks the brokers. Rejects where they cannot be had. */
export async function checkKafka(options: KafkaOptions, names: TopicNames): Promise<Finding[]> {
  const { clientId, brokers, tls, sasl } = kafkaConnection(options);
  const kafka = new Kafka({
    clientId,
    brokers,
    ssl: tls ?? false,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: 7_000,
    retry: { retries: 1, initialRetryTime: 100 },
    ...kafkajsLogin(sasl),
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    const nodes = cluster.brokers.length;
    const there = new Set(await admin.listTopics());
    const topics = [...allTopics(names), checkpointsName(names)];
    return [
      ok(`${nodes} broker${nodes === 1 ? "" : "s"} at ${brokers.join(", ")}`),
      presence(topics, there, options.createTopics),
      ...(await replicas(
        admin,
        topics.filter((topic) => there.has(topic)),
        nodes,
      )),
    ];
  } finally {
    await admin.disconnect();
  }
}

function presence(topics: string[], there: ReadonlySet<string>, creates: boolean): Finding {
  const missing = topics.filter((topic) => !there.has(topic));
  if (missing.length === 0) return ok(`all ${topics.length} topics are there`);
  const found = `${missing.length} of ${topics.length} topics are missing: ${missing.join(", ")}`;
  if (creates) return ok(`${found}; the relay creates them at its start`);
  return fail(found, "create them, sightline.checkpoints with one partition, or set KAFKA_CREATE_TOPICS=true");
}

/** With one replica a disk that dies takes what it held along; with min.insync.replicas 1 `acks=all` may mean one disk. */
async function replicas(admin: Admin, topics: string[], nodes: number): Promise<Finding[]> {
  if (topics.length === 0) return [];
  const { topics: found } = await admin.fetchTopicMetadata({ topics });
  const least = Math.min(...found.flatMap(({ partitions }) => partitions.map((partition) => partition.replicas.length)));
  if (nodes < 2) return [ok(`${least} replica: as many as one broker can keep`)];
  const single = found.filter(({ partitions }) => partitions.some((partition) => partition.replicas.length < 2));
  if (single.length > 0) {
    const names = single.map(({ name }) => name).join(", ");
    return [
      warn(`one replica only: ${names}`, "give these topics more replicas, and set KAFKA_TOPIC_REPLICATION_FACTOR for new ones"),
    ];
  }
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: TOPIC, name, configNames: ["min.insync.replicas"] })),
  });
  const weak = resources.filter(({ configEntries }) => configEntries.some(({ configValue }) => configValue === "1"));
  if (weak.length === 0) return [ok(`at least ${least} replicas, and more than one of them confirms a write`)];
  const names = weak.map(({ resourceName }) => resourceName).join(", ");
  return [warn(`min.insync.replicas is 1: ${names}`, "set it to 2: now a write may be confirmed by a single disk")];
}
