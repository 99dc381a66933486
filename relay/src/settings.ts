/**
 * Every environment variable of the relay and the command line: name, default, unit and meaning, declared once.
 *
 * Names and defaults of the event bus's own settings are those that its users know from their platform; REDPANDA_* are aliases.
 */
import { z } from "zod";

const flag = (value: "true" | "false") => z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] }).prefault(value);
const count = (value: number, min = 1) => z.coerce.number().int().min(min).prefault(value);
const text = z.string().min(1);

/** The schema of the environment. A setting's description is its line in `sightline config`. */
export const settings = z.object({
  EVENT_PUBLISHER: z
    .enum(["local", "kafka", "redpanda"])
    .prefault("local")
    .describe("the bus: local (a SQLite file in DATA_DIR), kafka or redpanda (the same, by the Kafka protocol)"),
  ENABLE_EVENT_BUS: flag("true").describe("false: the relay takes nothing, and the queue keeps the events"),

  KAFKA_BROKERS: text.optional().describe("host:port of the brokers, separated by commas; required for kafka and redpanda"),
  KAFKA_CLIENT_ID: text.prefault("sightline").describe("how the relay names itself to the brokers"),
  KAFKA_TOPIC_PREFIX: z.string().prefault("").describe("put before every topic's name"),
  KAFKA_TOPIC_PARTITIONS: count(3).describe("partitions of a topic that the relay makes"),
  KAFKA_TLS_ENABLED: flag("false").describe("TLS to the brokers"),
  KAFKA_SASL_MECHANISM: z.enum(["plain", "scram-sha-256", "scram-sha-512"]).optional().describe("how to log in to the brokers"),
  KAFKA_SASL_USERNAME: text.optional().describe("required with KAFKA_SASL_MECHANISM"),
  KAFKA_SASL_PASSWORD: text.optional().describe("required with KAFKA_SASL_MECHANISM; secret"),

  DLQ_TOPIC_SUFFIX: text.prefault(".dlq").describe("put after a topic's name for its dead letters"),
  EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS: count(5).describe("publishes of one batch before its events go back to the queue"),
  EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS: count(200).describe("milliseconds before the second attempt"),
  EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS: count(5_000).describe("milliseconds between attempts, at most"),
  EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR: z.coerce.number().min(1).prefault(2).describe("growth of that delay"),
  EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: count(5).describe("failed publishes in a row that stop the intake"),
  EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: count(30).describe("seconds until a stopped intake tries the bus again"),

  SOURCE: z.enum(["push"]).prefault("push").describe("push: the queue's consumer Worker posts to the relay"),
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
    .describe("bearer token of deliveries, 16 characters or more; required to run the relay; secret"),
  RELAY_SLOT: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .prefault("0")
    .describe("which of several relays this is; each has a slot and a DATA_DIR of its own"),
  DATA_DIR: text.prefault(".sightline").describe("folder of the relay's state and of the local bus"),
  DEDUP_WINDOW_DAYS: count(35).describe("days that an event's id is remembered, counted from its first publish"),
  LIVE_VIEW: flag("false").describe("true: the live view at /, for development"),

  CLOUDFLARE_ACCOUNT_ID: text.optional().describe("the account that the collector runs in; required for sightline keys"),
  CLOUDFLARE_API_TOKEN: text
    .optional()
    .describe("token of that account; sightline keys requires one with Workers KV Storage: Edit; secret"),
  CLOUDFLARE_API_URL: z
    .url({ protocol: /^https?$/ })
    .prefault("https://api.cloudflare.com/client/v4")
    .describe("address of Cloudflare's API"),
  KEYS_NAMESPACE_ID: text
    .optional()
    .describe("id of the KV namespace that is the collector's KEY_STORE; required for sightline keys"),

  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).prefault("info").describe("what the relay logs"),
});

/** The settings as the relay uses them. */
export type Config = z.output<typeof settings>;

/** Variables whose values are never shown. */
export const SECRETS: ReadonlySet<string> = new Set(["RELAY_TOKEN", "KAFKA_SASL_PASSWORD", "CLOUDFLARE_API_TOKEN"]);

/** Other names that a variable may come under; its own name wins. */
export const ALIASES: Readonly<Record<string, keyof Config>> = {
  REDPANDA_BOOTSTRAP_SERVERS: "KAFKA_BROKERS",
  REDPANDA_BROKERS: "KAFKA_BROKERS",
  REDPANDA_CLIENT_ID: "KAFKA_CLIENT_ID",
  REDPANDA_TOPIC_PREFIX: "KAFKA_TOPIC_PREFIX",
};
