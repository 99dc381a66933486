/** Settings of retry and breakers. */
import { z } from "zod";
import { count, list } from "../../lib/setting-kinds.ts";

/** What a topic can have for its own. */
const topicPolicy = z.strictObject({
  max_attempts: z.int().min(1).optional(),
  initial_delay_ms: z.int().min(1).optional(),
  max_delay_ms: z.int().min(1).optional(),
  backoff_factor: z.number().min(1).optional(),
  failure_threshold: z.int().min(1).optional(),
  timeout_seconds: z.number().positive().optional(),
});
const topicPolicies = z
  .string()
  .prefault("{}")
  .transform((json, { addIssue }) => {
    try {
      const parsed = z.record(z.string(), topicPolicy).safeParse(JSON.parse(json));
      if (parsed.success) return parsed.data;
      addIssue(`${parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}`);
    } catch {
      addIssue('JSON was expected, such as {"rec.outcome.recorded.v1":{"max_attempts":10}}');
    }
    return z.NEVER;
  });

export const policy = {
  CRITICAL_TOPICS: list.describe(
    "topics, with prefix, separated by commas, that are tried harder: breaker at 3 failures and for 15 seconds, 5 attempts",
  ),
  TOPIC_POLICIES: topicPolicies.describe(
    "JSON: by topic, with prefix, what it has in the place of these settings: max_attempts, initial_delay_ms, max_delay_ms, backoff_factor, failure_threshold, timeout_seconds",
  ),
  EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe("publishes of one batch before its events go back to the queue; unset: 5 with a critical topic in it, else 3"),
  EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS: count(200).describe("milliseconds before the second attempt"),
  EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS: count(5_000).describe("milliseconds between attempts, at most"),
  EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR: z.coerce.number().min(1).prefault(2).describe("growth of that delay"),
  EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: count(5).describe("failed publishes in a row that stop the intake"),
  EVENT_BUS_CIRCUIT_BREAKER_SUCCESS_THRESHOLD: count(3).describe("of the calls that try it again, how many must succeed"),
  EVENT_BUS_CIRCUIT_BREAKER_HALF_OPEN_CALLS: count(3).describe("calls that try a bus or a topic again before all go on"),
  EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: count(30).describe("seconds until a stopped intake tries the bus again"),
};
