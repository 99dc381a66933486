/** A real Apache Kafka of three brokers and a controller, on free ports in a temporary folder, each with a small heap. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { kafkaJars } from "./kafka-jars.ts";
import { formatNode, type KafkaNode } from "./kafka-node.ts";
import { brokerProperties, controllerProperties, LOGGING } from "./kafka-properties.ts";

/** Three brokers; every topic has a replica on each, and two confirm a write. */
export interface KafkaCluster {
  /** host:port of each, separated by commas, for KAFKA_BROKERS. */
  brokers: string;
  /** Their ids, in the same order. */
  ids: readonly number[];
  /** Ends the nth broker at once, as a crash does; resolves when the controller has missed it. */
  kill(nth: number): Promise<void>;
  /** Starts it again; resolves when it serves. */
  start(nth: number): Promise<void>;
  /** Ends all and removes their data. */
  stop(): Promise<void>;
}

/** Ids of the brokers; the controller has 2. */
const IDS = [1, 3, 4];
const HEAP_MB = 320;
const REPLICATED = {
  "default.replication.factor": "3",
  "min.insync.replicas": "2",
  "offsets.topic.replication.factor": "3",
  "transaction.state.log.replication.factor": "3",
  "transaction.state.log.min.isr": "2",
  // Leaders are where they were moved to.
  "auto.leader.rebalance.enable": "false",
};

/** Starts it. Throws an Error that says what is missing. */
export async function startKafkaCluster(): Promise<KafkaCluster> {
  const jars = await kafkaJars();
  const folder = await mkdtemp(join(tmpdir(), "sightline-kafka-"));
  await writeFile(join(folder, "log4j2.xml"), LOGGING);
  const cluster = Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url");
  const controllerPort = await freePort();
  const node = { jars, folder, cluster, format: [], heapMb: HEAP_MB };
  const server = { port: 0, controllerPort, properties: REPLICATED };
  const controller = await formatNode({ ...node, name: "controller", properties: controllerProperties(folder, server) });
  const nodes: { id: number; port: number; broker: KafkaNode }[] = [];
  for (const id of IDS) {
    const port = await freePort();
    const properties = { ...REPLICATED, "node.id": String(id), "log.dirs": join(folder, `data-${id}`) };
    const text = brokerProperties(folder, { port, controllerPort, properties });
    nodes.push({ id, port, broker: await formatNode({ ...node, name: `broker-${id}`, properties: text }) });
  }
  await Promise.all([controller.start(), ...nodes.map(({ broker }) => broker.start())]);
  return {
    brokers: nodes.map(({ port }) => `127.0.0.1:${port}`).join(","),
    ids: IDS,
    async kill(nth) {
      const { id, broker } = nodes[nth]!;
      const missed = controller.says(new RegExp(`Fencing broker ${id}`));
      await broker.kill();
      await missed;
    },
    start: (nth) => nodes[nth]!.broker.start(),
    async stop() {
      await Promise.all([controller.kill(), ...nodes.map(({ broker }) => broker.kill())]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
