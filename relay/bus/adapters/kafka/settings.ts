/** Settings of the bus `kafka`, and of `redpanda`, whose names are aliases. */
import { z } from "zod";
import { count, file, flag, type Options, type Setting, setting, text } from "../../../lib/settings.ts";

/** host:port, an IPv6 address in brackets, separated by commas. */
const BROKERS = /^\s*(?:[^\s:,[\]]+|\[[^\]]+\]):\d{1,5}\s*(?:,\s*(?:[^\s:,[\]]+|\[[^\]]+\]):\d{1,5}\s*)*$/;

const DAY_MS = 86_400_000;

/** KAFKA_X may come as REDPANDA_X. */
const kafka = <S extends z.ZodType>(
  variable: `KAFKA_${string}`,
  schema: S,
  { aliases = [], secret = false }: Partial<Setting> = {},
) => setting(variable, schema, { aliases: [variable.replace("KAFKA_", "REDPANDA_"), ...aliases], secret });

export const kafkaSettings = {
  client: kafka(
    "KAFKA_CLIENT",
    z
      .string()
      .refine(
        (client) => client === "platformatic",
        "expected no value, since kafkajs loses confirmed records when a partition moves",
      )
      .optional()
      .describe("gone, and to be unset: kafkajs, which it could choose, loses confirmed records when a partition moves"),
  ),
  brokers: kafka(
    "KAFKA_BROKERS",
    text
      .regex(BROKERS, "expected host:port of each broker, separated by commas")
      .optional()
      .describe("host:port of the brokers, separated by commas; required for kafka and redpanda"),
    { aliases: ["KAFKA_BOOTSTRAP_SERVERS", "REDPANDA_BOOTSTRAP_SERVERS"] },
  ),
  clientId: kafka("KAFKA_CLIENT_ID", text.prefault("sightline").describe("how the relay names itself to the brokers")),
  topicPrefix: kafka("KAFKA_TOPIC_PREFIX", z.string().prefault("").describe("put before every topic's name")),
  createTopics: kafka(
    "KAFKA_CREATE_TOPICS",
    flag("true").describe("false: topics are created by somebody else, sightline.checkpoints too"),
  ),
  partitions: kafka("KAFKA_TOPIC_PARTITIONS", count(3).describe("partitions of a topic that the relay creates")),
  replicationFactor: kafka(
    "KAFKA_TOPIC_REPLICATION_FACTOR",
    z.coerce
      .number()
      .int()
      .refine((factor) => factor === -1 || factor > 0, "expected -1 or a number from 1")
      .prefault(-1)
      .describe("replicas of a topic that the relay creates; -1: as the brokers' default.replication.factor says"),
  ),
  minInsyncReplicas: kafka(
    "KAFKA_TOPIC_MIN_INSYNC_REPLICAS",
    z.coerce
      .number()
      .int()
      .min(1)
      .optional()
      .describe("min.insync.replicas of a topic that the relay creates; unset: as the brokers say"),
  ),
  acks: kafka(
    "KAFKA_PRODUCER_ACKS",
    z
      .string()
      .refine((acks) => acks === "all" || acks === "-1", "expected all, since each batch is a transaction, which needs it")
      .prefault("all")
      .describe("all, and nothing else: a transaction is confirmed by all replicas that are in sync"),
  ),
  compression: kafka(
    "KAFKA_PRODUCER_COMPRESSION_TYPE",
    z
      .enum(["none", "gzip", "snappy", "lz4", "zstd"])
      .prefault("none")
      .describe("how records are compressed: none, gzip, snappy, lz4 or zstd"),
  ),
  batchBytes: kafka(
    "KAFKA_PRODUCER_BATCH_SIZE",
    count(800_000, 1024).describe(
      "bytes of records in one record batch, before compression, at most, unless one record alone has more; under max.message.bytes",
    ),
  ),
  lingerMs: kafka(
    "KAFKA_PRODUCER_LINGER_MS",
    count(10, 0, 60_000).describe(
      "how long a record waits for others of its partition, milliseconds; the relay does not wait: its rounds are batches already",
    ),
  ),
  groupProtocol: kafka(
    "KAFKA_CONSUMER_GROUP_PROTOCOL",
    z
      .enum(["auto", "consumer", "classic"])
      .prefault("auto")
      .describe(
        "how consumer groups are joined: consumer (KIP-848, from Kafka 4.0 on), classic, or auto: consumer where the brokers have it",
      ),
  ),
  sessionTimeoutMs: kafka(
    "KAFKA_CONSUMER_SESSION_TIMEOUT_MS",
    count(45_000, 1_000, DAY_MS).describe(
      "how long a member may be silent, milliseconds; with the consumer protocol the brokers' group.consumer.session.timeout.ms decides, and this is after how long a member that reaches no broker gives up what it has",
    ),
  ),
  heartbeatIntervalMs: kafka(
    "KAFKA_CONSUMER_HEARTBEAT_INTERVAL_MS",
    count(3_000, 100, DAY_MS).describe(
      "milliseconds between two heartbeats; counts with the classic protocol alone: else the brokers' group.consumer.heartbeat.interval.ms does",
    ),
  ),
  maxPollRecords: kafka(
    "KAFKA_CONSUMER_MAX_POLL_RECORDS",
    count(500, 1, 100_000).describe("records that a subscriber is handed at a time, at most, whatever it asks for"),
  ),
  assignmentStrategy: kafka(
    "KAFKA_CONSUMER_PARTITION_ASSIGNMENT_STRATEGY",
    z
      .enum(["sticky"])
      .prefault("sticky")
      .describe(
        "sticky, and nothing else: members keep their partitions, and give up only what goes; counts with the classic protocol alone, since else the brokers assign",
      ),
  ),
  tls: kafka("KAFKA_TLS_ENABLED", flag("false").describe("TLS to the brokers")),
  tlsCaFile: kafka(
    "KAFKA_TLS_CA_FILE",
    file.optional().describe("PEM file of the authorities that sign the brokers' certificates; unset: Node's own"),
  ),
  tlsCertFile: kafka(
    "KAFKA_TLS_CERT_FILE",
    file.optional().describe("PEM file of the relay's own certificate, where the brokers ask for one"),
  ),
  tlsKeyFile: kafka("KAFKA_TLS_KEY_FILE", file.optional().describe("PEM file of the key of KAFKA_TLS_CERT_FILE")),
  saslMechanism: kafka(
    "KAFKA_SASL_MECHANISM",
    z
      .enum(["plain", "scram-sha-256", "scram-sha-512"])
      .optional()
      .describe("how to log in to the brokers: plain, scram-sha-256 or scram-sha-512"),
  ),
  saslUsername: kafka(
    "KAFKA_SASL_USERNAME",
    text.optional().describe("required with KAFKA_SASL_MECHANISM, on kafka and redpanda"),
  ),
  saslPassword: kafka(
    "KAFKA_SASL_PASSWORD",
    text.optional().describe("required with KAFKA_SASL_MECHANISM, on kafka and redpanda; secret"),
    {
      secret: true,
    },
  ),
};

/** Their values. */
export type KafkaOptions = Options<typeof kafkaSettings> & {
  /** Logs in by OAUTHBEARER, with a token of its own each time; of the adapter `msk`. */
  token?: () => Promise<string>;
};

/** What is missing, or contradicts itself. */
export function kafkaProblems(options: KafkaOptions, publisher: string): string[] {
  const problems: string[] = [];
  if (options.brokers === undefined)
    problems.push(`KAFKA_BROKERS: expected host:port of the brokers, since EVENT_PUBLISHER is ${publisher}`);
  if (options.saslMechanism !== undefined) {
    if (options.saslUsername === undefined)
      problems.push("KAFKA_SASL_USERNAME: expected a value, since KAFKA_SASL_MECHANISM is set");
    if (options.saslPassword === undefined)
      problems.push("KAFKA_SASL_PASSWORD: expected a value, since KAFKA_SASL_MECHANISM is set");
  }
  if ((options.tlsCertFile === undefined) !== (options.tlsKeyFile === undefined))
    problems.push("KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE: expected both or neither");
  return problems;
}
