/** Settings of retry and breakers, and their defaults. */
import { z } from "zod";
import { DAY_MS, DAY_SECONDS } from "../../lib/day.ts";
import { count, expectedBy, list, type Options, setting } from "../../lib/settings.ts";

/** Publishes of one batch that has no critical topic, where the setting says nothing. */
export const ATTEMPTS = 3;
/** What a critical topic has in the place of the settings. */
export const CRITICAL = { attempts: 5, failureThreshold: 3, restSeconds: 15 };

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
      addIssue(parsed.error.issues.map((issue) => [...issue.path, expectedBy(issue)].join(": ")).join("; "));
    } catch {
      addIssue('expected JSON, such as {"rec.outcome.recorded.v1":{"max_attempts":10}}');
    }
    return z.NEVER;
  });

export const policySettings = {
  criticalTopics: setting(
    "CRITICAL_TOPICS",
    list.describe(
      `topics, with prefix, separated by commas, that are tried harder: breaker at ${CRITICAL.failureThreshold} failures and for ${CRITICAL.restSeconds} seconds, ${CRITICAL.attempts} attempts`,
    ),
  ),
  topicPolicies: setting(
    "TOPIC_POLICIES",
    topicPolicies.describe(
      `JSON: by topic, with prefix, what it has in the place of these settings: ${Object.keys(topicPolicy.shape).join(", ")}`,
    ),
  ),
  maxAttempts: setting(
    "EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS",
    z.coerce
      .number()
      .int()
      .min(1)
      .optional()
      .describe(
        `publishes of one batch before its events go back to the queue; unset: ${CRITICAL.attempts} with a critical topic in it, else ${ATTEMPTS}`,
      ),
  ),
  initialDelayMs: setting(
    "EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS",
    count(200, 1, DAY_MS).describe("milliseconds before the second attempt"),
  ),
  maxDelayMs: setting(
    "EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS",
    count(5_000, 1, DAY_MS).describe("milliseconds between attempts, at most"),
  ),
  backoffFactor: setting(
    "EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR",
    z.coerce.number().min(1).prefault(2).describe("growth of that delay"),
  ),
  failureThreshold: setting(
    "EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD",
    count(5).describe("failed publishes in a row that stop the intake"),
  ),
  successThreshold: setting(
    "EVENT_BUS_CIRCUIT_BREAKER_SUCCESS_THRESHOLD",
    count(3).describe("of the calls that try it again, how many must succeed"),
  ),
  halfOpenCalls: setting(
    "EVENT_BUS_CIRCUIT_BREAKER_HALF_OPEN_CALLS",
    count(3).describe("calls that try a bus or a topic again before all go on"),
  ),
  restSeconds: setting(
    "EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS",
    count(30, 1, DAY_SECONDS).describe(
      "seconds until a stopped intake tries the bus again, at most: 2 the first time, twice as many after each trial that fails, 3 where a right is missing",
    ),
  ),
};

/** Their values. */
export type PolicyOptions = Options<typeof policySettings>;
