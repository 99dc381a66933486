/** Joins the group of a store, as one more of its members. */
import { hostname } from "node:os";
import process from "node:process";
import type { AdapterBus } from "../../bus/port/adapter.ts";
import type { Sink, SubscribeOptions, Subscription } from "../../bus/port/subscriber.ts";
import { dlqName, type ENVELOPE_TYPES, topicName } from "../../bus/port/topics.ts";
import type { BusConfig } from "../../bus/settings.ts";
import { TABLES } from "../columns/tables.ts";

interface JoinOptions extends Pick<SubscribeOptions, "batchSize" | "blockMs" | "commitEvery" | "drainMs"> {
  /** One that can be subscribed to. */
  bus: AdapterBus;
  config: Pick<BusConfig, "topics" | "deadLetters">;
  group: string;
}

const POLL_TIMEOUT_MS = 15_000;
const COMMIT_MS = 1_000;

/** Subscribes to every topic that a table has rows of; resolves when it is a member. Rejects while the bus cannot be had. */
export async function joinStore({ bus, config, group, ...pace }: JoinOptions, sink: Sink): Promise<Subscription> {
  const types = TABLES.flatMap((table) => table.types) as (typeof ENVELOPE_TYPES)[number][];
  const topics = types.map((type) => topicName(config.topics, type));
  await bus.open([...topics, ...(config.deadLetters ? topics.map((topic) => dlqName(config.topics, topic)) : [])]);
  const consumer = `${hostname()}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  const how = { topics, group, consumer, from: "earliest", pollTimeoutMs: POLL_TIMEOUT_MS, commitIntervalMs: COMMIT_MS } as const;
  return bus.subscribe!({ ...how, ...pace }, sink);
}
