import { readSettings } from "../../../lib/settings.ts";
import { type KafkaOptions, kafkaSettings } from "../kafka/settings.ts";
import type { MskOptions } from "./settings.ts";

/** A cluster of MSK, as the bus kafka takes it: with TLS, and what has no setting here as Kafka's defaults say. `token` is of one login. */
export function kafkaOptionsOf(options: MskOptions, token: () => Promise<string>): KafkaOptions {
  const { brokers, topicPrefix, clientId, createTopics, partitions, caFile: tlsCaFile, username, password } = options;
  const place = { brokers, topicPrefix, clientId, createTopics, partitions, tls: true, tlsCaFile };
  const defaults = readSettings(kafkaSettings, {}, []);
  if (options.authMode === "iam_role") return { ...defaults, ...place, token };
  return { ...defaults, ...place, saslMechanism: "scram-sha-512", saslUsername: username, saslPassword: password };
}
