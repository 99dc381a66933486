import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../../relay/lib/settings.ts";
import { configRows, readConfig } from "../../../../relay/service/settings/config.ts";

const problemsOf = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("expected a ConfigError");
};

const given = (TOPIC_POLICIES: string) => () => readConfig({ TOPIC_POLICIES });

describe("readConfig", () => {
  test("nothing set gives the local bus and the documented defaults", () => {
    expect(readConfig({})).toMatchObject({
      bus: {
        place: { publisher: "local" },
        enabled: true,
        topics: { prefix: "", dlqSuffix: ".dlq" },
        deadLetters: true,
        policy: {
          initialDelayMs: 200,
          maxDelayMs: 5000,
          backoffFactor: 2,
          failureThreshold: 5,
          successThreshold: 3,
          halfOpenCalls: 3,
          restSeconds: 30,
          criticalTopics: [],
          topicPolicies: {},
        },
      },
      service: { dataDir: ".sightline", dedupWindowDays: 35, host: "127.0.0.1" },
    });
    expect(readConfig({ EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: "a:1" }).bus.options).toMatchObject({ clientId: "sightline" });
  });

  test("acks other than all are refused, since a transaction needs them", () => {
    for (const KAFKA_PRODUCER_ACKS of ["0", "1"])
      expect(() => readConfig({ KAFKA_PRODUCER_ACKS })).toThrow("expected all, since each batch is a transaction");
    expect(readConfig({ KAFKA_PRODUCER_ACKS: "-1" })).toBeDefined();
  });

  test("a policy of a topic is JSON with known numbers, and what is wrong in it is named", () => {
    expect(given('{"t":{"max_attempts":10,"backoff_factor":1.5}}')().bus.policy.topicPolicies).toEqual({
      t: { max_attempts: 10, backoff_factor: 1.5 },
    });
    expect(given("t=10")).toThrow("expected JSON");
    expect(given('{"t":{"max_attempts":0}}')).toThrow("t: max_attempts");
    expect(given('{"t":{"atempts":10}}')).toThrow("atempts");
  });

  test("names every wrong variable at once, with what it expected and what it got", () => {
    const problems = problemsOf({
      EVENT_PUBLISHER: "pigeon",
      RELAY_PORT: "many",
      DEDUP_WINDOW_DAYS: "0",
      KAFKA_TLS_ENABLED: "maybe",
    });
    for (const name of ["EVENT_PUBLISHER", "RELAY_PORT", "DEDUP_WINDOW_DAYS", "KAFKA_TLS_ENABLED"])
      expect(problems).toContain(name);
    expect(problems).toMatch(/EVENT_PUBLISHER: .*kafka, redpanda, kinesis, local.*"pigeon"/);
    expect(problems).toContain('"many"');
  });

  test.each([
    [{ RELAY_PORT: "many" }, 'RELAY_PORT: expected a whole number, got "many"'],
    [{ RELAY_PORT: " " }, 'RELAY_PORT: expected a whole number, got " "'],
    [{ RELAY_SLOT: "A B" }, 'RELAY_SLOT: expected 1 to 32 letters a to z, digits and hyphens, got "A B"'],
    [{ SHUTDOWN_SECONDS: "3000000" }, 'SHUTDOWN_SECONDS: expected at most 86400, got "3000000"'],
    [{ TOPIC_POLICIES: "[]" }, 'TOPIC_POLICIES: expected an object, got "[]"'],
    [{ TOPIC_POLICIES: '{"a":{"b":1}}' }, "TOPIC_POLICIES: a: expected no b"],
    [{ TOPIC_POLICIES: '{"a":{"max_attempts":0}}' }, "TOPIC_POLICIES: a: max_attempts: expected at least 1"],
    [{ KAFKA_BROKERS: "nope" }, 'KAFKA_BROKERS: expected host:port of each broker, separated by commas, got "nope"'],
    [{ KAFKA_BROKERS: "=," }, "KAFKA_BROKERS: expected host:port of each broker"],
    [{ RELAY_PORT: "70000" }, 'RELAY_PORT: expected at most 65535, got "70000"'],
    [{ DEDUP_WINDOW_DAYS: "1.5" }, 'DEDUP_WINDOW_DAYS: expected a whole number, got "1.5"'],
    [{ DEDUP_WINDOW_DAYS: "0" }, 'DEDUP_WINDOW_DAYS: expected at least 1, got "0"'],
    [{ RELAY_TOKEN: "tooshort" }, "RELAY_TOKEN: expected at least 16 characters, got another value"],
    [{ EVENT_PUBLISHER: "kinesis", KINESIS_ENDPOINT: "localhost:1" }, "KINESIS_ENDPOINT: expected an http(s) address, got"],
    [{ KAFKA_CREATE_TOPICS: "maybe" }, 'KAFKA_CREATE_TOPICS: expected one of true, 1, false, 0, got "maybe"'],
  ])("of %o says what it expected in words", (env, problem) => {
    expect(problemsOf(env)).toContain(problem);
  });

  test("asks for the brokers where Kafka is chosen, and for what a login needs", () => {
    const problems = problemsOf({ EVENT_PUBLISHER: "kafka", KAFKA_SASL_MECHANISM: "plain" });
    for (const name of ["KAFKA_BROKERS", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"]) expect(problems).toContain(name);
  });

  test("takes brokers by name and by both kinds of address", () => {
    for (const KAFKA_BROKERS of ["b-1.example.com:9092", "127.0.0.1:9092, 127.0.0.1:9093", "[::1]:9092,b:1"])
      expect(readConfig({ EVENT_PUBLISHER: "kafka", KAFKA_BROKERS }).bus.options["brokers"]).toBe(KAFKA_BROKERS);
  });

  test("names what is missing beside what is wrong, each variable once", () => {
    const problems = problemsOf({
      EVENT_PUBLISHER: "kafka",
      SOURCE: "pull",
      KINESIS_SHARDS: "x",
      CLOUDFLARE_QUEUE_IDS: "no ids",
    });
    const named = problems
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(":")[0]);
    const all = ["KINESIS_SHARDS", "KAFKA_BROKERS", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_QUEUE_IDS", "CLOUDFLARE_API_TOKEN"];
    expect(named.toSorted()).toEqual(all.toSorted());
  });

  test("asks for a stream and its region where Kinesis is chosen, and takes the region of AWS's own variable", () => {
    const problems = problemsOf({ EVENT_PUBLISHER: "kinesis" });
    for (const name of ["KINESIS_STREAM", "KINESIS_REGION"]) expect(problems).toContain(`${name}: expected`);
    expect(problems).not.toContain("KAFKA_BROKERS");
    const wrong = problemsOf({ KINESIS_STREAM: "no stream", KINESIS_ENDPOINT: "localhost:1", KINESIS_SHARDS: "0" });
    for (const name of ["KINESIS_STREAM", "KINESIS_ENDPOINT", "KINESIS_SHARDS"]) expect(wrong).toContain(`${name}: `);
    const env = { EVENT_PUBLISHER: "kinesis", KINESIS_STREAM: "events", AWS_REGION: "eu-west-1" };
    expect(readConfig(env).bus.options).toMatchObject({ region: "eu-west-1", createStream: false, shards: 1 });
  });

  test("an alias of Redpanda's is as good as the name, and the name wins", () => {
    const redpanda = { EVENT_PUBLISHER: "redpanda", REDPANDA_BOOTSTRAP_SERVERS: "a:1" };
    expect(readConfig(redpanda).bus.options["brokers"]).toBe("a:1");
    expect(readConfig({ ...redpanda, KAFKA_BROKERS: "b:2" }).bus.options["brokers"]).toBe("b:2");
  });

  test("an empty variable is as good as none", () => {
    expect(readConfig({ EVENT_PUBLISHER: "", RELAY_PORT: "" }).bus.place.publisher).toBe("local");
  });

  test("never shows a secret, neither in the list nor in an error", () => {
    const env = { RELAY_TOKEN: "a-long-enough-secret-token", KAFKA_SASL_PASSWORD: "hidden-word" };
    expect(JSON.stringify(configRows(env))).not.toMatch(/secret-token|hidden-word/);
    expect(problemsOf({ RELAY_TOKEN: "tooshort" })).not.toContain("tooshort");
  });
});
