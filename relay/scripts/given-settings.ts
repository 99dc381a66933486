/**
 * The variables of the two guides that this was modelled on, a domain event stream and an event bus: each is there under its name, with the default
 * that they give, or with another for a reason that is said.
 */

/** One variable. */
export interface GivenSetting {
  variable: string;
  /** The default that the guide gives; undefined where it gives none. */
  given?: string;
  /** Why the default is another one here. */
  because?: string;
  /** The test that reads it, from the root. */
  test: string;
}

const CONFIG = "test/relay/service/settings/config.test.ts";
const SECURE = "test/contract/bus/kafka-secure.kafka.test.ts";
const GIVEN = "test/relay/scripts/given-settings.test.ts";
const EVENTBUS = "test/relay/eventbus/made.ts";
const OWN_NAME = "it is the name of this software, not of another";

/** All of them, in the order of the guides. */
export const GIVEN_SETTINGS: readonly GivenSetting[] = [
  {
    variable: "EVENT_PUBLISHER",
    given: "redis",
    because: "local needs no server, and keeps what nobody listens to",
    test: CONFIG,
  },
  { variable: "REDIS_URL", test: "test/relay/eventbus/examples.process.test.ts" },
  { variable: "KAFKA_BROKERS", test: SECURE },
  { variable: "KAFKA_CLIENT_ID", given: "kaireon-platform", because: OWN_NAME, test: SECURE },
  { variable: "KAFKA_TLS_ENABLED", given: "false", test: SECURE },
  { variable: "KAFKA_SASL_MECHANISM", test: SECURE },
  { variable: "KAFKA_SASL_USERNAME", test: SECURE },
  { variable: "KAFKA_SASL_PASSWORD", test: SECURE },
  { variable: "KAFKA_CONSUMER_GROUP_ID", given: "kaireon-consumers", because: OWN_NAME, test: GIVEN },
  { variable: "MSK_BROKERS", test: GIVEN },
  { variable: "MSK_REGION", given: "us-east-1", test: GIVEN },
  { variable: "MSK_AUTH_MODE", given: "iam_role", test: GIVEN },
  { variable: "MSK_ROLE_ARN", test: GIVEN },
  { variable: "MSK_SASL_USERNAME", test: GIVEN },
  { variable: "MSK_SASL_PASSWORD", test: GIVEN },
  {
    variable: "MSK_CONSUMER_GROUP_ID",
    because: "the group of a subscriber that names none is one name on every bus",
    test: GIVEN,
  },
  { variable: "MSK_TOPIC_PREFIX", given: "", test: GIVEN },
  { variable: "ENABLE_EVENT_BUS", given: "true", test: "test/relay/eventbus/publish.test.ts" },
  { variable: "ENABLE_DLQ", given: "true", test: "test/relay/eventbus/subscribe.test.ts" },
  { variable: "DLQ_TOPIC_SUFFIX", given: ".dlq", test: GIVEN },
  { variable: "EVENT_BUS_VALIDATE_ON_PUBLISH", given: "true", test: "test/relay/eventbus/publish.test.ts" },
  { variable: "EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD", given: "5", test: "test/relay/bus/policy/publish-policy.test.ts" },
  { variable: "EVENT_BUS_CIRCUIT_BREAKER_SUCCESS_THRESHOLD", given: "3", test: GIVEN },
  { variable: "EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS", given: "30", test: "test/relay/bus/policy/publish-policy.test.ts" },
  { variable: "EVENT_BUS_CIRCUIT_BREAKER_HALF_OPEN_CALLS", given: "3", test: GIVEN },
  {
    variable: "EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS",
    given: "5",
    because: "5 for critical channels and 3 for others, as the guide has it where it tells of critical channels",
    test: GIVEN,
  },
  { variable: "EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS", given: "200", test: EVENTBUS },
  { variable: "EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS", given: "5000", test: EVENTBUS },
  { variable: "EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR", given: "2", test: GIVEN },
  { variable: "EVENT_BUS_SUB_BATCH_SIZE", given: "10", test: GIVEN },
  { variable: "EVENT_BUS_SUB_BLOCK_MS", given: "10000", test: EVENTBUS },
  { variable: "EVENT_BUS_CONSUMER_POLL_TIMEOUT_MS", given: "15000", test: GIVEN },
  {
    variable: "REDPANDA_BOOTSTRAP_SERVERS",
    given: "localhost:19092",
    because: "a bus that nobody named is not guessed: what was meant for another would go there",
    test: GIVEN,
  },
  { variable: "REDPANDA_CLIENT_ID", given: "tradecore", because: OWN_NAME, test: GIVEN },
  { variable: "KAFKA_TOPIC_PREFIX", given: "", test: SECURE },
  { variable: "KAFKA_PRODUCER_ACKS", given: "all", test: CONFIG },
  {
    variable: "KAFKA_PRODUCER_COMPRESSION_TYPE",
    given: "lz4",
    because: "every reader reads none; lz4 is one word away",
    test: "test/contract/bus/kafka-codecs.kafka.test.ts",
  },
  { variable: "KAFKA_PRODUCER_LINGER_MS", given: "10", test: GIVEN },
  {
    variable: "KAFKA_PRODUCER_BATCH_SIZE",
    given: "16384",
    because: "a relay's round is one transaction, which many small batches make slower",
    test: GIVEN,
  },
  {
    variable: "KAFKA_CONSUMER_GROUP_ID_PREFIX",
    given: "tradecore",
    because: "a group is called as its service calls it",
    test: "test/relay/eventbus/subscribe.test.ts",
  },
  { variable: "KAFKA_CONSUMER_SESSION_TIMEOUT_MS", given: "45000", test: GIVEN },
  { variable: "KAFKA_CONSUMER_HEARTBEAT_INTERVAL_MS", given: "3000", test: GIVEN },
  { variable: "KAFKA_CONSUMER_MAX_POLL_RECORDS", given: "500", test: GIVEN },
  { variable: "KAFKA_CONSUMER_AUTO_OFFSET_RESET", given: "earliest", test: GIVEN },
  { variable: "KAFKA_CONSUMER_PARTITION_ASSIGNMENT_STRATEGY", given: "sticky", test: GIVEN },
  { variable: "KAFKA_COMMIT_INTERVAL_MS", given: "5000", test: EVENTBUS },
  { variable: "KAFKA_COMMIT_BATCH_SIZE", given: "100", test: GIVEN },
];
