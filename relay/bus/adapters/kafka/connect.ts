/** The way to the brokers, by the settings, in the form that both clients take. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { Config } from "../../../service/settings/settings.ts";

/** The settings that the bus `kafka` depends on. */
export type KafkaSettings = Pick<Config, "EVENT_PUBLISHER" | "RELAY_SLOT" | Extract<keyof Config, `KAFKA_${string}`>>;

/** Addresses, TLS and login. */
export interface KafkaConnection {
  clientId: string;
  /** host:port each. */
  brokers: string[];
  /** undefined: no TLS. */
  tls: ConnectionOptions | undefined;
  sasl: { mechanism: "plain" | "scram-sha-256" | "scram-sha-512"; username: string; password: string } | undefined;
}

/** Reads the settings, and the files that they name. Throws where a file cannot be read. */
export function kafkaConnection(config: KafkaSettings): KafkaConnection {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username = "", KAFKA_SASL_PASSWORD: password = "" } = config;
  return {
    clientId: config.KAFKA_CLIENT_ID,
    brokers: (config.KAFKA_BROKERS ?? "").split(",").map((broker) => broker.trim()),
    tls: config.KAFKA_TLS_ENABLED ? tlsOptions(config) : undefined,
    sasl: mechanism ? { mechanism, username, password } : undefined,
  };
}

function tlsOptions({ KAFKA_TLS_CA_FILE, KAFKA_TLS_CERT_FILE, KAFKA_TLS_KEY_FILE }: KafkaSettings): ConnectionOptions {
  return {
    ...(KAFKA_TLS_CA_FILE ? { ca: readFileSync(KAFKA_TLS_CA_FILE) } : {}),
    ...(KAFKA_TLS_CERT_FILE ? { cert: readFileSync(KAFKA_TLS_CERT_FILE) } : {}),
    ...(KAFKA_TLS_KEY_FILE ? { key: readFileSync(KAFKA_TLS_KEY_FILE) } : {}),
  };
}
