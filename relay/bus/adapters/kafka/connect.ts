/** The way to the brokers, by the settings. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { KafkaOptions } from "./settings.ts";
import type { KafkaConnection } from "./wire/connection.ts";

/** Reads the settings, and the files that they name. Throws where a file cannot be read. */
export function kafkaConnection(options: KafkaOptions): KafkaConnection {
  const { saslMechanism: mechanism, saslUsername: username = "", saslPassword: password = "" } = options;
  return {
    clientId: options.clientId,
    brokers: (options.brokers ?? "").split(",").map((broker) => broker.trim()),
    tls: options.tls ? tlsOptions(options) : undefined,
    sasl: options.token ? { mechanism: "oauthbearer", token: options.token } : mechanism && { mechanism, username, password },
  };
}

function tlsOptions({ tlsCaFile, tlsCertFile, tlsKeyFile }: KafkaOptions): ConnectionOptions {
  return {
    ...(tlsCaFile ? { ca: readFileSync(tlsCaFile) } : {}),
    ...(tlsCertFile ? { cert: readFileSync(tlsCertFile) } : {}),
    ...(tlsKeyFile ? { key: readFileSync(tlsKeyFile) } : {}),
  };
}
