import { describe, expect, test } from "vitest";
import { ConfigError, configRows, readConfig } from "../../relay/src/config.ts";

const problemsOf = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("a ConfigError was expected");
};

describe("readConfig", () => {
  test("nothing set gives the local bus and the documented defaults", () => {
    expect(readConfig({})).toMatchObject({
      EVENT_PUBLISHER: "local",
      ENABLE_EVENT_BUS: true,
      KAFKA_CLIENT_ID: "sightline",
      KAFKA_TOPIC_PREFIX: "",
      DLQ_TOPIC_SUFFIX: ".dlq",
      DATA_DIR: ".sightline",
      DEDUP_WINDOW_DAYS: 35,
      RELAY_HOST: "127.0.0.1",
      EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS: 5,
      EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS: 200,
      EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS: 5000,
      EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR: 2,
      EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: 5,
      EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: 30,
    });
  });

  test("names every wrong variable at once, with what was expected and what was got", () => {
    const problems = problemsOf({
      EVENT_PUBLISHER: "kinesis",
      RELAY_PORT: "many",
      DEDUP_WINDOW_DAYS: "0",
      KAFKA_TLS_ENABLED: "maybe",
    });
    for (const name of ["EVENT_PUBLISHER", "RELAY_PORT", "DEDUP_WINDOW_DAYS", "KAFKA_TLS_ENABLED"])
      expect(problems).toContain(name);
    expect(problems).toMatch(/EVENT_PUBLISHER: .*local, kafka, redpanda.*"kinesis"/);
    expect(problems).toContain('"many"');
  });

  test("asks for the brokers where Kafka is chosen, and for what a login needs", () => {
    const problems = problemsOf({ EVENT_PUBLISHER: "kafka", KAFKA_SASL_MECHANISM: "plain" });
    for (const name of ["KAFKA_BROKERS", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"]) expect(problems).toContain(name);
  });

  test("an alias of Redpanda's is as good as the name, and the name wins", () => {
    const redpanda = { EVENT_PUBLISHER: "redpanda", REDPANDA_BOOTSTRAP_SERVERS: "a:1" };
    expect(readConfig(redpanda).KAFKA_BROKERS).toBe("a:1");
    expect(readConfig({ ...redpanda, KAFKA_BROKERS: "b:2" }).KAFKA_BROKERS).toBe("b:2");
  });

  test("an empty variable is as good as none", () => {
    expect(readConfig({ EVENT_PUBLISHER: "", RELAY_PORT: "" }).EVENT_PUBLISHER).toBe("local");
  });

  test("never shows a secret, neither in the list nor in an error", () => {
    const env = { RELAY_TOKEN: "a-long-enough-secret-token", KAFKA_SASL_PASSWORD: "hidden-word" };
    expect(JSON.stringify(configRows(readConfig(env), env))).not.toMatch(/secret-token|hidden-word/);
    expect(problemsOf({ RELAY_TOKEN: "tooshort" })).not.toContain("tooshort");
  });
});
