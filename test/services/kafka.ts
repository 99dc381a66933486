/**
 * A real Apache Kafka: a broker and its controller, on free ports in a temporary folder. `startKafka` is for a test that kills its
 * broker; `obtainKafka` for the one that a whole run has.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { startKafkaInDocker } from "./kafka-docker.ts";
import { KAFKA_VERSION, kafkaJars } from "./kafka-jars.ts";
import { formatNode } from "./kafka-node.ts";
import { brokerProperties, controllerProperties, LOGGING, type ServerOptions } from "./kafka-properties.ts";
import { say } from "./machine.ts";

/** What the run has: a broker, or the reason why there is none. */
export type KafkaService = { brokers: string } | { missing: string };

/** A broker that a test may kill and start again, on the same port and data. */
export interface Kafka {
  /** host:port, for KAFKA_BROKERS. */
  brokers: string;
  /** Ends the broker at once, as a crash does; resolves when its controller has missed it. */
  kill(): Promise<void>;
  /** Starts it again after `kill`; resolves when it serves. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** How a broker differs from the usual one. */
interface KafkaOptions {
  /** Port of 127.0.0.1 that it tells its clients instead of its own, where a proxy listens; not in docker. */
  advertised?: number;
  /** Ports of 127.0.0.1 beside the usual one, by their security protocol; not in docker. */
  doors?: NonNullable<ServerOptions["doors"]>;
  /** More of its server.properties; not in docker. */
  properties?: NonNullable<ServerOptions["properties"]>;
  /** Arguments with which its storage is formatted; not in docker. */
  format?: string[];
}

/** Starts a broker: from its jars, else in docker. Throws an Error that says what is missing. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  let jars: string;
  try {
    jars = await kafkaJars();
  } catch (error) {
    if (Object.keys(options).length > 0) throw error;
    return startKafkaInDocker(KAFKA_VERSION).catch((docker: Error) => {
      throw new Error(`${(error as Error).message}; nor by docker: ${docker.message.split("\n", 1)[0]}`, { cause: error });
    });
  }
  const folder = await mkdtemp(join(tmpdir(), "sightline-kafka-"));
  const port = await freePort();
  const { format = [], ...differs } = options;
  const server = { ...differs, port, controllerPort: await freePort() };
  await writeFile(join(folder, "log4j2.xml"), LOGGING);
  const cluster = Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url");
  const node = { jars, folder, cluster };
  const [controller, broker] = await Promise.all([
    formatNode({ ...node, name: "controller", properties: controllerProperties(folder, server), format }),
    formatNode({ ...node, name: "broker", properties: brokerProperties(folder, server), format: [] }),
  ]);
  await Promise.all([controller.start(), broker.start()]);
  return {
    brokers: `127.0.0.1:${port}`,
    async kill() {
      if (!broker.runs()) return;
      // A broker that comes back before its controller has missed it begins with the leaders of before. When it then registers they
      // are gone for a moment, and what it was about to complete stays a transaction that hangs (KAFKA-20734, Kafka 4.3).
      const missed = controller.says(/Fencing broker 1/);
      await broker.kill();
      await missed;
    },
    start: () => broker.start(),
    async stop() {
      await Promise.all([broker.kill(), controller.kill()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The broker of a run: from KAFKA_BROKERS where that is set, else one that is started. */
export async function obtainKafka(): Promise<KafkaService & { stop?: () => Promise<void> }> {
  const given = process.env["KAFKA_BROKERS"];
  if (given !== undefined && given !== "") {
    say(`Kafka: the one at KAFKA_BROKERS, ${given}`);
    return { brokers: given };
  }
  try {
    const { brokers, stop } = await startKafka();
    say(`Kafka: started one at ${brokers}`);
    return { brokers, stop };
  } catch (error) {
    const missing = `Kafka cannot be had here: ${(error as Error).message}`;
    if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw new Error(missing, { cause: error });
    say(missing);
    return { missing };
  }
}
