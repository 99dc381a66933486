import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { textOf } from "../../../relay/lib/settings.ts";
import { GIVEN_SETTINGS } from "../../../relay/scripts/given-settings.ts";
import { allGroups, settingsPage } from "../../../relay/scripts/settings-page.ts";
import { valueOf } from "../../../relay/service/settings/config.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const settings = allGroups().flatMap((group) => group.settings);
const settingOf = (name: string) => settings.find(({ variable, aliases }) => [variable, ...aliases].includes(name));

/** A value of each that is read here, and not its default. */
const VALUES: Record<string, string> = {
  KAFKA_CONSUMER_GROUP_ID: "mine",
  DLQ_TOPIC_SUFFIX: ".dead",
  MSK_BROKERS: "b-1.example:9098",
  MSK_REGION: "eu-west-1",
  MSK_AUTH_MODE: "sasl_scram",
  MSK_ROLE_ARN: "arn:aws:iam::123456789012:role/relay",
  MSK_SASL_USERNAME: "relay",
  MSK_SASL_PASSWORD: "a-password",
  MSK_CONSUMER_GROUP_ID: "mine",
  MSK_TOPIC_PREFIX: "shop.",
  EVENT_BUS_CIRCUIT_BREAKER_SUCCESS_THRESHOLD: "2",
  EVENT_BUS_CIRCUIT_BREAKER_HALF_OPEN_CALLS: "4",
  EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS: "7",
  EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR: "3",
  EVENT_BUS_SUB_BATCH_SIZE: "50",
  EVENT_BUS_CONSUMER_POLL_TIMEOUT_MS: "20000",
  REDPANDA_BOOTSTRAP_SERVERS: "localhost:19092",
  REDPANDA_CLIENT_ID: "mine",
  KAFKA_PRODUCER_LINGER_MS: "5",
  KAFKA_PRODUCER_BATCH_SIZE: "16384",
  KAFKA_CONSUMER_SESSION_TIMEOUT_MS: "30000",
  KAFKA_CONSUMER_HEARTBEAT_INTERVAL_MS: "1000",
  KAFKA_CONSUMER_MAX_POLL_RECORDS: "100",
  KAFKA_CONSUMER_AUTO_OFFSET_RESET: "latest",
  KAFKA_CONSUMER_PARTITION_ASSIGNMENT_STRATEGY: "sticky",
  KAFKA_COMMIT_BATCH_SIZE: "10",
};

describe.for(GIVEN_SETTINGS)("$variable", ({ variable, given, because, test: file }) => {
  test("is there, with the default that the guide gives, or another for a reason", () => {
    const one = settingOf(variable);
    expect(one).toBeDefined();
    const isAsGiven = (given ?? "") === valueOf(one!);
    expect(isAsGiven).toBe(because === undefined);
    expect(readFileSync(`${ROOT}${file}`, "utf8")).toContain(variable);
  });

  test("is read from the environment", () => {
    const one = settingOf(variable)!;
    const value = VALUES[variable] ?? "";
    expect(textOf(one, { [variable]: value })).toBe(value || undefined);
    expect(one.schema.safeParse(value || undefined).success).toBe(true);
  });
});

test("docs/settings.md lists each", () => {
  const page = settingsPage();
  const table = page.slice(page.indexOf("## As the guides have them"));
  for (const { variable } of GIVEN_SETTINGS) expect(table).toContain(`| \`${variable}\` |`);
});
