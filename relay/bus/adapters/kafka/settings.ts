/** Settings of the buses kafka and redpanda. */
import { z } from "zod";
import { count, file, flag, text } from "../../../lib/setting-kinds.ts";

export const kafka = {
  KAFKA_CLIENT: z
    .enum(["kafkajs", "platformatic"])
    .prefault("platformatic")
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
};
