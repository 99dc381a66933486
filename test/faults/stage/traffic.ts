/** A relay's bus and a service's on Kafka that publish all the time, and a group that consumes: what they did, and what arrived. */
import { setTimeout as sleep } from "node:timers/promises";
import type { BusRecord, PublishError } from "../../../relay/bus/port/bus.ts";
import type { Delivery } from "../../../relay/bus/port/subscriber.ts";
import type { KafkaBus, kafkaServiceBus } from "../../services/bus-of.ts";
import { type Load, orderKey } from "./load.ts";

const KEYS = 40;
/** Records that are published together, and how many such publishes of the service are under way at once. */
const BATCH = 20;
const UNDER_WAY = 8;
const AGAIN_MS = 200;
const RELAY_TOPIC = "relay.v1";
const SERVICE_TOPIC = "service.v1";

/** When a publisher was told of failures, by `performance.now()`. */
interface Failures {
  first: number | undefined;
  last: number | undefined;
  /** Records that the bus is said never to take: they would be dead letters. */
  refused: number;
  /** Each message once. */
  messages: Set<string>;
}

interface TrafficOptions {
  relay: KafkaBus;
  service: ReturnType<typeof kafkaServiceBus>;
  /** Of the topics. */
  prefix: string;
  /** Whether a publish of the service that fails is published again: else it is a fault. @default false */
  retries?: boolean;
  /** Between two batches of a publisher, milliseconds. @default 10 */
  paceMs?: number;
}

/** It. */
export interface Traffic {
  /** What was published, each id once. */
  load: Load;
  topics: string[];
  relay: Failures;
  service: Failures;
  /** Ends it; resolves when all that was published is settled and seen by the group, or could not be within a minute. */
  stop(): Promise<{ relayed: number; served: number; seen: ReadonlyMap<string, number>; lag: number }>;
}

/** Topics that it publishes to. */
export function trafficTopics(prefix: string): string[] {
  return [prefix + RELAY_TOPIC, prefix + SERVICE_TOPIC];
}

/** Starts it, on buses that are open. */
export async function startTraffic({ relay, service, prefix, retries = false, paceMs = 10 }: TrafficOptions): Promise<Traffic> {
  const load: Load = { lanes: [], ids: [], order: new Map() };
  const failures = { relay: noFailures(), service: noFailures() };
  const topics = trafficTopics(prefix);
  const seen = new Map<string, number>();
  const ending = new AbortController();

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
      group: `${prefix}group`,
      consumer: "traffic",
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
      return { topic: prefix + topic, key, value: Buffer.from(id), headers: { event_id: id } };
    });

  /** As the relay does: what is unknown is settled before it is published again. */
  const relays = async (): Promise<number> => {
    let number = 0;
    while (!ending.signal.aborted) {
      const batch = { number: ++number, records: records(RELAY_TOPIC, "r", number * BATCH) };
      await sleep(paceMs);
      for (let isThere = false; !isThere;) isThere = await attempt(batch);
    }
    return number * BATCH;
  };
  const attempt = async (batch: { number: number; records: BusRecord[] }): Promise<boolean> => {
    try {
      await relay.publish(batch);
      return true;
    } catch (error) {
      note(failures.relay, error as Error);
      if ((error as PublishError).outcome === "absent") return sleep(AGAIN_MS, false);
    }
    for (;;) {
      const settled = await relay
        .settle({ number: batch.number, claimedAt: "" })
        .catch((error: Error) => note(failures.relay, error));
      if (settled !== undefined) return settled === "published";
      await sleep(AGAIN_MS);
    }
  };
  const serve = async (from: number): Promise<void> => {
    const batch = { number: 0, records: records(SERVICE_TOPIC, "s", from) };
    for (;;) {
      try {
        return await service.publish(batch);
      } catch (error) {
        note(failures.service, error as Error);
        if (!retries) return;
        batch.records = (error as PublishError).missing ?? batch.records;
        await sleep(AGAIN_MS);
      }
    }
  };
  const serves = async (): Promise<number> => {
    let from = 0;
    const underWay = new Set<Promise<void>>();
    while (!ending.signal.aborted) {
      await sleep(paceMs);
      const serving = serve(from).finally(() => underWay.delete(serving));
      from += BATCH;
      underWay.add(serving);
      if (underWay.size >= UNDER_WAY) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    return from;
  };
  const working = Promise.all([relays(), serves()]);
  return {
    load,
    topics,
    ...failures,
    async stop() {
      ending.abort();
      const [relayed, served] = await working;
      const until = performance.now() + 60_000;
      const all = new Set(load.ids);
      while ([...all].some((id) => !seen.has(id)) && performance.now() < until) await sleep(AGAIN_MS);
      const lag = [...((await consuming.lag()) ?? [])].reduce((sum, [, count]) => sum + count, 0);
      await consuming.close();
      return { relayed, served, seen, lag };
    },
  };
}

function noFailures(): Failures {
  return { first: undefined, last: undefined, refused: 0, messages: new Set() };
}

function note(failures: Failures, error: Error): undefined {
  failures.first ??= performance.now();
  failures.last = performance.now();
  failures.refused += (error as PublishError).refused?.size ?? 0;
  failures.messages.add(error.message);
}
