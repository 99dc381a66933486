/**
 * Every environment variable of the relay and the command line: name, default, unit and meaning, declared once.
 *
 * Names and defaults of the event bus's own settings are those that its users know from their platform; REDPANDA_* are aliases.
 */
import { existsSync } from "node:fs";
import { z } from "zod";
import { QUEUE_IDS } from "./source/queue-ids.ts";

const flag = (value: "true" | "false") => z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] }).prefault(value);
const count = (value: number, min = 1) => z.coerce.number().int().min(min).prefault(value);
const text = z.string().min(1);
const file = text.refine((path) => existsSync(path), "the path of a file that is there was expected");

const list = z
  .string()
  .prefault("")
  .transform((names) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );

/** What a topic can have for its own. */
const topicPolicy = z.strictObject({
  max_attempts: z.int().min(1).optional(),
  initial_delay_ms: z.int().min(1).optional(),
  max_delay_ms: z.int().min(1).optional(),
  backoff_factor: z.number().min(1).optional(),
  failure_threshold: z.int().min(1).optional(),
  timeout_seconds: z.number().positive().optional(),
});
const topicPolicies = z
  .string()
  .prefault("{}")
  .transform((json, { addIssue }) => {
    try {
      const parsed = z.record(z.string(), topicPolicy).safeParse(JSON.parse(json));
      if (parsed.success) return parsed.data;
      addIssue(`${parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}`);
    } catch {
      addIssue('JSON was expected, such as {"rec.outcome.recorded.v1":{"max_attempts":10}}');
    }
    return z.NEVER;
  });

/** The schema of the environment. A setting's description is its line in `sightline config`. */
export const settings = z.object({
  EVENT_PUBLISHER: z
    .enum(["local", "kafka", "redpanda", "kinesis", "memory"])
    .prefault("local")
    .describe(
      "the bus: local (a SQLite file in DATA_DIR), kafka or redpanda (the same, by the Kafka protocol), kinesis, or memory (for tests: gone with the process)",
    ),
  ENABLE_EVENT_BUS: flag("true").describe("false: the relay takes nothing, and the queue keeps the events"),

  KAFKA_CLIENT: z
    .enum(["kafkajs", "platformatic"])
    .prefault("kafkajs")
    .describe("the client library: kafkajs or platformatic (@platformatic/kafka); both make the same promises"),
  KAFKA_BROKERS: text.optional().describe("host:port of the brokers, separated by commas; required for kafka and redpanda"),
  KAFKA_CLIENT_ID: text.prefault("sightline").describe("how the relay names itself to the brokers"),
  KAFKA_TOPIC_PREFIX: z.string().prefault("").describe("put before every topic's name"),
  KAFKA_CREATE_TOPICS: flag("true").describe("false: topics are made by somebody else, sightline.checkpoints too"),
  KAFKA_TOPIC_PARTITIONS: count(3).describe("partitions of a topic that the relay makes"),
  KAFKA_TOPIC_REPLICATION_FACTOR: z.coerce
    .number()
    .int()
    .refine((factor) => factor === -1 || factor > 0, "-1 or a number from 1 was expected")
    .prefault(-1)
    .describe("replicas of a topic that the relay makes; -1: as the brokers' default.replication.factor says"),
  KAFKA_TOPIC_MIN_INSYNC_REPLICAS: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe("min.insync.replicas of a topic that the relay makes; unset: as the brokers say"),
  KAFKA_PRODUCER_ACKS: z
    .string()
    .refine((acks) => acks === "all" || acks === "-1", "all was expected, since each batch is a transaction, which needs it")
    .prefault("all")
    .describe("all, and nothing else: a transaction is confirmed by all replicas that are in sync"),
  KAFKA_PRODUCER_COMPRESSION_TYPE: z
    .enum(["none", "gzip", "snappy", "lz4", "zstd"])
    .prefault("none")
    .describe("how records are compressed: none, gzip, snappy, lz4 or zstd"),
  KAFKA_PRODUCER_BATCH_SIZE: count(800_000, 1024).describe(
    "bytes of records in one record batch, before compression, at most, unless one record alone has more; under max.message.bytes",
  ),
  KAFKA_TLS_ENABLED: flag("false").describe("TLS to the brokers"),
  KAFKA_TLS_CA_FILE: file
    .optional()
    .describe("PEM file of the authorities that sign the brokers' certificates; unset: Node's own"),
  KAFKA_TLS_CERT_FILE: file.optional().describe("PEM file of the relay's own certificate, where the brokers ask for one"),
  KAFKA_TLS_KEY_FILE: file.optional().describe("PEM file of the key of KAFKA_TLS_CERT_FILE"),
  KAFKA_SASL_MECHANISM: z.enum(["plain", "scram-sha-256", "scram-sha-512"]).optional().describe("how to log in to the brokers"),
  KAFKA_SASL_USERNAME: text.optional().describe("required with KAFKA_SASL_MECHANISM"),
  KAFKA_SASL_PASSWORD: text.optional().describe("required with KAFKA_SASL_MECHANISM; secret"),

  KINESIS_STREAM: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{1,128}$/, "the name of a stream was expected")
    .optional()
    .describe("name of the stream that holds all topics; required for kinesis"),
  KINESIS_REGION: text.optional().describe("the stream's region, as eu-west-1; required for kinesis"),
  KINESIS_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("address of Kinesis, for a VPC endpoint or an emulator; unset: that of the region"),
  KINESIS_CREATE_STREAM: flag("false").describe("true: the relay makes the stream where it does not exist"),
  KINESIS_SHARDS: count(1).describe("shards of a stream that the relay makes"),
  KINESIS_REQUEST_TIMEOUT_MS: count(5_000, 100).describe(
    "milliseconds that a request may take; also how long the relay waits before it looks up what became of one",
  ),

  DLQ_TOPIC_SUFFIX: text.prefault(".dlq").describe("put after a topic's name for its dead letters"),
  ENABLE_DLQ: flag("true").describe(
    "false: what can never be delivered stays in its queue, and ends in the queue's own dead letters",
  ),
  CRITICAL_TOPICS: list.describe(
    "topics, with prefix, separated by commas, that are tried harder: breaker at 3 failures and for 15 seconds, 5 attempts",
  ),
  TOPIC_POLICIES: topicPolicies.describe(
    "JSON: by topic, with prefix, what it has in the place of these settings: max_attempts, initial_delay_ms, max_delay_ms, backoff_factor, failure_threshold, timeout_seconds",
  ),
  EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe("publishes of one batch before its events go back to the queue; unset: 5 with a critical topic in it, else 3"),
  EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS: count(200).describe("milliseconds before the second attempt"),
  EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS: count(5_000).describe("milliseconds between attempts, at most"),
  EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR: z.coerce.number().min(1).prefault(2).describe("growth of that delay"),
  EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: count(5).describe("failed publishes in a row that stop the intake"),
  EVENT_BUS_CIRCUIT_BREAKER_SUCCESS_THRESHOLD: count(3).describe("of the calls that try it again, how many must succeed"),
  EVENT_BUS_CIRCUIT_BREAKER_HALF_OPEN_CALLS: count(3).describe("calls that try a bus or a topic again before all go on"),
  EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: count(30).describe("seconds until a stopped intake tries the bus again"),

  SOURCE: z
    .enum(["push", "pull"])
    .prefault("push")
    .describe("push: the queue's consumer Worker posts to the relay; pull: the relay takes from Cloudflare's queues over HTTP"),
  RELAY_HOST: text.prefault("127.0.0.1").describe("address to listen on"),
  RELAY_PORT: count(8788, 0).describe("port to listen on; 0: any free one"),
  RELAY_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("address of the running relay, for sightline dlq replay; unset: RELAY_HOST and RELAY_PORT"),
  RELAY_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe("bearer token of POST /v1/deliveries, 16 characters or more; required with SOURCE=push; secret"),
  RELAY_SLOT: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .prefault("0")
    .describe("which of several relays this is; each has a slot and a DATA_DIR of its own"),
  RETRY_DELAY_MAX_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(43_200)
    .prefault(3600)
    .describe("SOURCE=pull: seconds between two deliveries of a message that was given back, at most"),
  DATA_DIR: text.prefault(".sightline").describe("folder of the relay's state and of the local bus"),
  ENABLE_DEDUP: flag("true").describe("false: every event is forwarded, copies too; what it costs is then not paid"),
  DEDUP_WINDOW_DAYS: count(35).describe("days that an event's id is remembered, counted from its first publish"),
  LIVE_VIEW: flag("false").describe("true: the live view at /, for development"),

  CLOUDFLARE_ACCOUNT_ID: text
    .optional()
    .describe("the account that the collector runs in; required with SOURCE=pull and for sightline keys"),
  CLOUDFLARE_QUEUE_IDS: z
    .string()
    .regex(QUEUE_IDS, "ids of queues, each as id or name=id, separated by commas, were expected")
    .optional()
    .describe("queues that SOURCE=pull takes from: ids, or name=id, separated by commas; required there"),
  CLOUDFLARE_API_TOKEN: text
    .optional()
    .describe("token of that account: with Queues: Edit for SOURCE=pull, Workers KV Storage: Edit for sightline keys; secret"),
  CLOUDFLARE_API_URL: z
    .url({ protocol: /^https?$/ })
    .prefault("https://api.cloudflare.com/client/v4")
    .describe("address of Cloudflare's API"),
  KEYS_NAMESPACE_ID: text
    .optional()
    .describe("id of the KV namespace that is the collector's KEY_STORE; required for sightline keys"),

  METRICS_TENANTS: z
    .string()
    .prefault("")
    .transform((names) => names.split(",").map((name) => name.trim()))
    .transform((names) => names.filter((name) => name !== ""))
    .describe(
      "tenants that the counters in /metrics tell apart, separated by commas; others are `other`. Empty: no tenants there",
    ),
  SHUTDOWN_SECONDS: count(25).describe(
    "seconds that a relay that was told to stop has for what it has taken; what is not done then stays in the queue",
  ),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).prefault("info").describe("what the relay logs"),
});

/** The settings as the relay uses them. */
export type Config = z.output<typeof settings>;

/** Variables whose values are never shown. */
export const SECRETS: ReadonlySet<string> = new Set(["RELAY_TOKEN", "KAFKA_SASL_PASSWORD", "CLOUDFLARE_API_TOKEN"]);

/** Other names that a variable may come under; its own name wins. */
export const ALIASES: Readonly<Record<string, keyof Config>> = {
  KAFKA_BOOTSTRAP_SERVERS: "KAFKA_BROKERS",
  REDPANDA_BOOTSTRAP_SERVERS: "KAFKA_BROKERS",
  AWS_REGION: "KINESIS_REGION",
  ...Object.fromEntries(
    Object.keys(settings.shape)
      .filter((name) => name.startsWith("KAFKA_"))
      .map((name) => [name.replace("KAFKA_", "REDPANDA_"), name as keyof Config]),
  ),
};
