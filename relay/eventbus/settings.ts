/** Settings of the EventBus; those of the bus under it, and of retry and breakers, are the relay's own. */
import { z } from "zod";
import { readBusConfig, type BusConfig } from "@sightline/bus/settings";
import { DAY_MS } from "../lib/day.ts";
import { ConfigError, count, flag, type Options, readSettings, setting, text } from "../lib/settings.ts";
import { WORKER_GROUPS, type WorkerType } from "./workers.ts";

const WORKERS = Object.keys(WORKER_GROUPS) as [WorkerType, ...WorkerType[]];
const REDPANDA = (variable: string) => variable.replace("KAFKA_", "REDPANDA_");

export const eventBusSettings = {
  validateOnPublish: setting(
    "EVENT_BUS_VALIDATE_ON_PUBLISH",
    flag("true").describe("false: events are sent without a look at the registry of their schemas"),
  ),
  topicNames: setting(
    "EVENT_BUS_TOPIC_NAMES",
    z
      .enum(["strict", "any"])
      .prefault("strict")
      .describe("strict: a topic is {category}.{name} or [domain.]entity.event.vN; any: topics of others may be used, too"),
  ),
  workerType: setting(
    "EVENT_BUS_WORKER_TYPE",
    z
      .enum(WORKERS)
      .optional()
      .describe(
        `what kind of worker this is, which names its group: ${WORKERS.map((type) => `${type} (${WORKER_GROUPS[type]})`).join(", ")}`,
      ),
  ),
  groupId: setting(
    "KAFKA_CONSUMER_GROUP_ID",
    text.prefault("sightline").describe("group of a subscriber that names none and is no worker, on every bus"),
    { aliases: ["REDPANDA_CONSUMER_GROUP_ID", "MSK_CONSUMER_GROUP_ID"] },
  ),
  groupIdPrefix: setting(
    "KAFKA_CONSUMER_GROUP_ID_PREFIX",
    z.string().prefault("").describe("put before the name of every group, with a dot, on every bus"),
    { aliases: ["REDPANDA_CONSUMER_GROUP_ID_PREFIX"] },
  ),
  offsetReset: setting(
    "KAFKA_CONSUMER_AUTO_OFFSET_RESET",
    z
      .enum(["earliest", "latest"])
      .prefault("earliest")
      .describe("where a group begins that has acknowledged nothing yet, on every bus: earliest or latest"),
    { aliases: [REDPANDA("KAFKA_CONSUMER_AUTO_OFFSET_RESET")] },
  ),
  batchSize: setting(
    "EVENT_BUS_SUB_BATCH_SIZE",
    count(10, 1, 10_000).describe("messages that a subscriber is handed at a time; so many are worked on side by side, too"),
  ),
  blockMs: setting("EVENT_BUS_SUB_BLOCK_MS", count(10_000, 1, DAY_MS).describe("milliseconds that a fetch waits for messages")),
  pollTimeoutMs: setting(
    "EVENT_BUS_CONSUMER_POLL_TIMEOUT_MS",
    count(15_000, 1, DAY_MS).describe(
      "milliseconds after which a fetch that did not answer has failed; more than EVENT_BUS_SUB_BLOCK_MS",
    ),
  ),
  commitEvery: setting(
    "KAFKA_COMMIT_BATCH_SIZE",
    count(100).describe("messages that ended before the group's place is written down, on every bus"),
    { aliases: [REDPANDA("KAFKA_COMMIT_BATCH_SIZE")] },
  ),
  commitIntervalMs: setting(
    "KAFKA_COMMIT_INTERVAL_MS",
    count(5_000, 1, DAY_MS).describe("milliseconds after which it is written down at the latest"),
    { aliases: [REDPANDA("KAFKA_COMMIT_INTERVAL_MS")] },
  ),
  drainMs: setting(
    "EVENT_BUS_DRAIN_MS",
    count(30_000, 1, DAY_MS).describe(
      "milliseconds that handlers have to end what they began, at the end and where a partition goes to another member",
    ),
  ),
  localQueue: setting(
    "EVENT_BUS_LOCAL_QUEUE",
    text
      .optional()
      .describe(
        "file that keeps events of publishStream and publishBatch while the bus does not take them, and sends them later; unset: they are refused",
      ),
  ),
  localQueueMost: setting("EVENT_BUS_LOCAL_QUEUE_MAX_EVENTS", count(100_000).describe("events in that file, at most")),
};

/** Their values. */
export type EventBusSettings = Options<typeof eventBusSettings>;

/** What the environment says. */
export interface EventBusConfig {
  bus: BusConfig;
  settings: EventBusSettings;
}

/** Reads it. Throws a {@link ConfigError} with a line for each setting that is wrong. */
export function readEventBusConfig(env: NodeJS.ProcessEnv): EventBusConfig {
  const problems: string[] = [];
  const dataDir = env["DATA_DIR"] || ".sightline";
  const bus = readBusConfig(env, { dataDir, slot: undefined }, problems);
  const settings = readSettings(eventBusSettings, env, problems);
  if (settings.pollTimeoutMs <= settings.blockMs) {
    problems.push("EVENT_BUS_CONSUMER_POLL_TIMEOUT_MS: expected more than EVENT_BUS_SUB_BLOCK_MS");
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { bus, settings };
}
