/**
 * A real Apache Kafka: one node, broker and controller in one, on free ports in a temporary folder. `startKafka` is for a test that
 * kills its broker; as vitest's global setup this file gives the whole run one broker, from KAFKA_BROKERS where that is set.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { freePort } from "./free-port.ts";
import { startKafkaInDocker } from "./kafka-docker.ts";
import { KAFKA_VERSION, kafkaJars } from "./kafka-jars.ts";
import { LOGGING, type ServerOptions, serverProperties } from "./kafka-properties.ts";
import { say } from "./machine.ts";

const run = promisify(execFile);

/** What the run has: a broker, or the reason why there is none. */
export type KafkaService = { brokers: string } | { missing: string };

declare module "vitest" {
  export interface ProvidedContext {
    kafka: KafkaService;
  }
}

/** A broker that a test may kill and start again, on the same port and data. */
export interface Kafka {
  /** host:port, for KAFKA_BROKERS. */
  brokers: string;
  /** Ends the process at once, as a crash does. */
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
  await writeFile(join(folder, "server.properties"), serverProperties(folder, server));
  await writeFile(join(folder, "log4j2.xml"), LOGGING);
  const java = [
    "-Xmx512m",
    "-Xms256m",
    `-Dlog4j2.configurationFile=${join(folder, "log4j2.xml")}`,
    `-Dlog.file=${join(folder, "server.log")}`,
    "-cp",
    `${jars}/*`,
  ];
  const id = Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url");
  await run("java", [...java, "kafka.tools.StorageTool", "format", "-t", id, "-c", join(folder, "server.properties"), ...format]);

  let broker: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (!broker || broker.exitCode !== null || broker.signalCode !== null) return;
    const ended = once(broker, "exit");
    broker.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    broker = spawn("java", [...java, "kafka.Kafka", join(folder, "server.properties")], { stdio: ["ignore", "pipe", "ignore"] });
    await serving(broker, join(folder, "server.log"));
  };
  await start();
  return {
    brokers: `127.0.0.1:${port}`,
    kill,
    start,
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves at the broker's own word that it has started. */
async function serving(broker: ChildProcess, log: string): Promise<void> {
  let output = "";
  const started = new Promise<void>((resolve, reject) => {
    broker.stdout?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4096);
      if (output.includes("Kafka Server started")) resolve();
    });
    broker.once("error", reject);
    broker.once("exit", (code) => reject(new Error(`Kafka ended with ${code} before it served`)));
  });
  try {
    await started;
  } catch (error) {
    const tail = await readFile(log, "utf8").catch(() => output);
    throw new Error(`${(error as Error).message}\n${tail.slice(-2000)}`, { cause: error });
  }
}

interface Shared {
  service: Promise<KafkaService & { stop?: () => Promise<void> }>;
  users: number;
}

/** Vitest loads this file anew for each project; the broker is the run's. */
const wholeRun = globalThis as { sightlineKafka?: Shared };

/** Vitest's global setup: one broker for the whole run, provided as `kafka`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (wholeRun.sightlineKafka ??= { service: obtain(), users: 0 });
  shared.users++;
  const { stop, ...service } = await shared.service;
  project.provide("kafka", service as KafkaService);
  return async () => {
    if (--shared.users > 0) return;
    delete wholeRun.sightlineKafka;
    await stop?.();
  };
}

async function obtain(): Promise<KafkaService & { stop?: () => Promise<void> }> {
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
