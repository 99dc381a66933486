/** Kafka in a container, for machines with a docker engine and without Java. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import type { Kafka } from "./kafka.ts";
import { say } from "./machine.ts";

const run = promisify(execFile);

/** How long the container may take to serve, milliseconds. */
const START_MS = 60_000;

/** Starts a broker of that version. Rejects where docker cannot. */
export async function startKafkaInDocker(version: string): Promise<Kafka> {
  await run("docker", ["info"]);
  const port = await freePort();
  say(`running Apache Kafka ${version} in docker`);
  const settings = {
    KAFKA_NODE_ID: 1,
    KAFKA_PROCESS_ROLES: "broker,controller",
    KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
    KAFKA_CONTROLLER_QUORUM_VOTERS: "1@localhost:9093",
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: 1,
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: 1,
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: 1,
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: 0,
    KAFKA_HEAP_OPTS: "-Xmx512m",
  };
  const env = Object.entries(settings).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const { stdout } = await run("docker", ["run", "-d", "-p", `127.0.0.1:${port}:${port}`, ...env, `apache/kafka:${version}`]);
  const container = stdout.trim();
  await serving(container);
  return {
    brokers: `127.0.0.1:${port}`,
    kill: async () => void (await run("docker", ["kill", container])),
    async start() {
      await run("docker", ["start", container]);
      await serving(container);
    },
    stop: async () => void (await run("docker", ["rm", "-f", container])),
  };
}

/** Asks the broker itself, by its own tool, until it answers. */
async function serving(container: string): Promise<void> {
  const ask =
    'until /opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server "localhost:$0" >/dev/null 2>&1; do sleep 1; done';
  const { stdout } = await run("docker", ["inspect", "-f", "{{range .Config.Env}}{{println .}}{{end}}", container]);
  const port = /KAFKA_LISTENERS=PLAINTEXT:\/\/:(\d+)/.exec(stdout)?.[1] ?? "";
  await run("docker", ["exec", container, "sh", "-c", ask, port], { timeout: START_MS });
}
