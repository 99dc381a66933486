/**
 * Three brokers: the leaders of all partitions move every three seconds, and a broker is killed and comes back, while a relay's bus and
 * a service's publish, and a group consumes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import type { BusRecord, PublishError } from "../../../relay/bus/port/bus.ts";
import type { Delivery } from "../../../relay/bus/port/subscriber.ts";
import { kafkaBus, kafkaServiceBus } from "../../services/bus-of.ts";
import { type KafkaCluster, startKafkaCluster } from "../../services/kafka-cluster.ts";
import { moveLeaders } from "../../services/move-leaders.ts";
import { openLed } from "../../services/open-led.ts";
import type { Finding, Scenario, Stage } from "../scenario.ts";
import { eachOnce, inOrder } from "../stage/check.ts";
import { kafkaGround } from "../stage/ground.ts";
import { type Load, orderKey } from "../stage/load.ts";

const EVERY_MS = 3_000;
const KEYS = 40;
/** Records that are published together, and how many such publishes of the service are under way at once. */
const BATCH = 20;
const UNDER_WAY = 8;
const AGAIN_MS = 200;
/** Between two batches of a publisher, milliseconds. */
const PACE_MS = 10;
const RELAY_TOPIC = "relay.v1";
const SERVICE_TOPIC = "service.v1";

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
  const ground = kafkaGround(cluster.brokers);
  const topics = [ground.prefix + RELAY_TOPIC, ground.prefix + SERVICE_TOPIC];
  const env = { ...ground.env, KAFKA_TOPIC_REPLICATION_FACTOR: "3" };
  const [relay, service] = [kafkaBus(env), kafkaServiceBus(env)];
  const load: Load = { lanes: [], ids: [], order: new Map() };
  const faults: string[] = [];
  const until = performance.now() + size.movesSeconds * 1000;
  const isOver = (): boolean => performance.now() > until;

  await openLed(relay, cluster.brokers, topics);
  await service.open(topics);
  const seen = new Map<string, number>();
  const take = async (deliveries: Delivery[]): Promise<void> => {
    for (const { record, ack } of deliveries) {
      const id = record.headers["event_id"] ?? "";
      seen.set(id, (seen.get(id) ?? 0) + 1);
      ack();
    }
  };
  const consuming = await service.subscribe(
    {
      topics,
      group: `${ground.prefix}group`,
      consumer: "moves",
      from: "earliest",
      batchSize: 500,
      blockMs: 200,
      pollTimeoutMs: 5_000,
      commitEvery: 100,
      commitIntervalMs: 1_000,
      drainMs: 5_000,
    },
    { take, drain: async () => {}, fault: () => {} },
  );
  const records = (topic: string, name: string, from: number): BusRecord[] =>
    Array.from({ length: BATCH }, (_, i) => {
      const [id, key] = [`${name}-${from + i}`, `k${(from + i) % KEYS}`];
      load.ids.push(id);
      const place = orderKey(topic, key);
      const order = load.order.get(place) ?? [];
      order.push(id);
      load.order.set(place, order);
      return { topic: ground.prefix + topic, key, value: Buffer.from(id), headers: { event_id: id } };
    });

  /** As the relay does: what is unknown is settled before it is published again. */
  const relays = async (): Promise<number> => {
    let number = 0;
    while (!isOver()) {
      const batch = { number: ++number, records: records(RELAY_TOPIC, "r", number * BATCH) };
      await sleep(PACE_MS);
      for (let isThere = false; !isThere;) isThere = await attempt(batch);
    }
    return number * BATCH;
  };
  const attempt = async (batch: { number: number; records: BusRecord[] }): Promise<boolean> => {
    try {
      await relay.publish(batch);
      return true;
    } catch (error) {
      if ((error as PublishError).outcome === "absent") return sleep(AGAIN_MS, false);
    }
    for (;;) {
      const settled = await relay.settle({ number: batch.number, claimedAt: "" }).catch(() => undefined);
      if (settled !== undefined) return settled === "published";
      await sleep(AGAIN_MS);
    }
  };
  const serves = async (): Promise<number> => {
    let from = 0;
    const underWay = new Set<Promise<void>>();
    while (!isOver()) {
      await sleep(PACE_MS);
      const publishing = service
        .publish({ number: 0, records: records(SERVICE_TOPIC, "s", from) })
        .catch((error: Error) => void faults.push(`a service's publish failed: ${error.message}`))
        .finally(() => underWay.delete(publishing));
      from += BATCH;
      underWay.add(publishing);
      if (underWay.size >= UNDER_WAY) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    return from;
  };
  const [relayed, served, moved] = await Promise.all([relays(), serves(), disturb(cluster, topics, until, say)]);
  const arrived = await ground.read("");
  const all = new Set(load.ids);
  while ([...all].some((id) => !seen.has(id)) && performance.now() < until + 60_000) await sleep(AGAIN_MS);
  const lag = [...((await consuming.lag()) ?? [])].reduce((sum, [, count]) => sum + count, 0);
  await consuming.close();
  await Promise.all([relay.close(), service.close()]);

  const unseen = load.ids.filter((id) => !seen.has(id)).length;
  const problems = [...eachOnce(load, arrived), ...inOrder(load, arrived), ...new Set(faults)];
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
