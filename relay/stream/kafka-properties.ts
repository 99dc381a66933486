/**
 * How a Flink job reaches the brokers. Nothing secret stands in the SQL: Kafka's client takes the password from the environment, and keys
 * from files (KIP-297, KIP-421, KIP-651).
 */
import { basename, dirname, resolve } from "node:path";
import type { KafkaOptions } from "../bus/adapters/kafka/settings.ts";

/** The Kafka connector has its client under names of its own. */
const SHADED = "org.apache.flink.kafka.shaded.org.apache.kafka";

const PROVIDERS = {
  "properties.config.providers": "env,directory",
  "properties.config.providers.env.class": `${SHADED}.common.config.provider.EnvVarConfigProvider`,
  "properties.config.providers.directory.class": `${SHADED}.common.config.provider.DirectoryConfigProvider`,
};

type Given = Pick<KafkaOptions, "tls" | "tlsCaFile" | "tlsCertFile" | "tlsKeyFile" | "saslMechanism" | "saslUsername">;

/** Options of a table of Kafka beside the brokers' addresses. Empty where brokers ask for nothing. */
export function kafkaProperties(options: Given): Record<string, string> {
  const { tls, saslMechanism: mechanism, saslUsername = "" } = options;
  if (!tls && mechanism === undefined) return {};
  const protocol = mechanism === undefined ? "SSL" : tls ? "SASL_SSL" : "SASL_PLAINTEXT";
  return {
    ...PROVIDERS,
    "properties.security.protocol": protocol,
    ...(tls ? tlsProperties(options) : {}),
    ...(mechanism === undefined ? {} : saslProperties(mechanism, saslUsername)),
  };
}

function tlsProperties({ tlsCaFile, tlsCertFile, tlsKeyFile }: Given): Record<string, string> {
  return {
    ...(tlsCaFile === undefined
      ? {}
      : { "properties.ssl.truststore.type": "PEM", "properties.ssl.truststore.certificates": contentOf(tlsCaFile) }),
    ...(tlsCertFile === undefined || tlsKeyFile === undefined
      ? {}
      : {
          "properties.ssl.keystore.type": "PEM",
          "properties.ssl.keystore.certificate.chain": contentOf(tlsCertFile),
          "properties.ssl.keystore.key": contentOf(tlsKeyFile),
        }),
  };
}

function saslProperties(mechanism: NonNullable<Given["saslMechanism"]>, username: string): Record<string, string> {
  const module = `${SHADED}.common.security.${mechanism === "plain" ? "plain.PlainLoginModule" : "scram.ScramLoginModule"}`;
  const user = username.replaceAll(/["\\]/g, "\\$&");
  return {
    "properties.sasl.mechanism": mechanism.toUpperCase(),
    "properties.sasl.jaas.config": `${module} required username="${user}" password="\${env:KAFKA_SASL_PASSWORD}";`,
  };
}

const contentOf = (file: string): string => `\${directory:${dirname(resolve(file))}:${basename(file)}}`;
