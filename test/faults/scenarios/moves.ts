/**
 * Three brokers: the leaders of all partitions move every three seconds, and a broker is killed and comes back, while a relay's bus and
 * a service's publish, and a group consumes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { kafkaBus, kafkaServiceBus } from "../../services/bus-of.ts";
import { type KafkaCluster, startKafkaCluster } from "../../services/kafka-cluster.ts";
import { moveLeaders } from "../../services/move-leaders.ts";
import { openLed } from "../../services/open-led.ts";
import type { Finding, Scenario, Stage } from "../scenario.ts";
import { eachOnce, inOrder } from "../stage/check.ts";
import { kafkaGround } from "../stage/ground.ts";
import { startTraffic, trafficTopics } from "../stage/traffic.ts";

const EVERY_MS = 3_000;

/** The scenario. */
export const moves: Scenario = {
  name: "moves",
  needsKafka: false,
  async run(stage) {
    const cluster = await startKafkaCluster();
    try {
      return await run(stage, cluster);
    } finally {
      await cluster.stop();
    }
  },
};

async function run({ size, say }: Stage, cluster: KafkaCluster): Promise<Finding> {
  const { env: own, prefix, read } = kafkaGround(cluster.brokers);
  const env = { ...own, KAFKA_TOPIC_REPLICATION_FACTOR: "3" };
  const [relay, service] = [kafkaBus(env), kafkaServiceBus(env)];
  const topics = trafficTopics(prefix);
  await openLed(relay, cluster.brokers, topics);
  await service.open(topics);
  const traffic = await startTraffic({ relay, service, prefix });
  const moved = await disturb(cluster, topics, performance.now() + size.movesSeconds * 1000, say);
  const { relayed, served, seen, lag } = await traffic.stop();
  const arrived = await read("");
  await Promise.all([relay.close(), service.close()]);

  const { load } = traffic;
  const unseen = load.ids.filter((id) => !seen.has(id)).length;
  const problems = [...eachOnce(load, arrived), ...inOrder(load, arrived)];
  for (const message of traffic.service.messages) problems.push(`a service's publish failed: ${message}`);
  if (unseen > 0) problems.push(`the group has not seen ${unseen} events`);
  if (moved < 3) problems.push(`leaders were moved ${moved} times only`);
  const twice = [...seen.values()].filter((count) => count > 1).length;
  return { counted: { relayed, served, moved, "consumed twice": twice, lag }, problems };
}

/** Moves leaders until the time is up; a broker is killed after a third of it and comes back after another sixth. Returns how often. */
async function disturb(cluster: KafkaCluster, topics: string[], until: number, say: (line: string) => void): Promise<number> {
  const brokers = cluster.brokers.split(",");
  const admin = new Kafka({ clientId: "moves", brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const whole = until - performance.now();
  const outage = async (): Promise<void> => {
    await sleep(whole / 3);
    say("a broker is killed");
    await cluster.kill(1);
    await sleep(whole / 6);
    await cluster.start(1);
    say("the broker is back");
  };
  const away = outage();
  let turn = 0;
  let moved = 0;
  while (performance.now() < until) {
    const due = sleep(EVERY_MS);
    // While a broker is away not all that is asked can be done, and kafkajs may have lost its controller.
    await moveLeaders(admin, brokers, cluster.ids, [...topics, "__consumer_offsets", "__transaction_state"], ++turn).then(
      () => moved++,
      () => {},
    );
    await due;
  }
  await away;
  await admin.disconnect();
  return moved;
}
