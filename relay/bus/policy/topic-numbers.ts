/** The numbers of retry and breaker for a topic, out of the settings. */
import type { Config } from "../../service/settings/settings.ts";

/** How often and for how long a publish is tried, and when that stops. */
export interface Numbers {
  /** Publishes of one batch. */
  attempts: number;
  initialDelayMs: number;
  maxDelayMs: number;
  backoffFactor: number;
  /** Failures in a row that open the breaker. */
  failureThreshold: number;
  /** Of so many calls in half-open, how many must succeed for it to close. */
  successThreshold: number;
  halfOpenCalls: number;
  /** Seconds for which an open breaker rests. */
  restSeconds: number;
}

/** The settings that decide them. */
export type PolicySettings = Pick<
  Config,
  | "EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS"
  | "EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS"
  | "EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS"
  | "EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR"
  | "EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD"
  | "EVENT_BUS_CIRCUIT_BREAKER_SUCCESS_THRESHOLD"
  | "EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS"
  | "EVENT_BUS_CIRCUIT_BREAKER_HALF_OPEN_CALLS"
  | "CRITICAL_TOPICS"
  | "TOPIC_POLICIES"
>;

/** What a critical topic has in the place of the settings. */
const CRITICAL = { attempts: 5, failureThreshold: 3, restSeconds: 15 };
/** Attempts for a topic that is not critical, where the setting says nothing. */
const ATTEMPTS = 3;

/** The numbers of the bus as a whole, or of a topic, named as on the bus. */
export function topicNumbers(settings: PolicySettings, topic?: string): Numbers {
  const common: Numbers = {
    attempts: settings.EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS ?? ATTEMPTS,
    initialDelayMs: settings.EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS,
    maxDelayMs: settings.EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS,
    backoffFactor: settings.EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR,
    failureThreshold: settings.EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD,
    successThreshold: settings.EVENT_BUS_CIRCUIT_BREAKER_SUCCESS_THRESHOLD,
    halfOpenCalls: settings.EVENT_BUS_CIRCUIT_BREAKER_HALF_OPEN_CALLS,
    restSeconds: settings.EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS,
  };
  if (topic === undefined) return common;
  const own = settings.TOPIC_POLICIES[topic] ?? {};
  const critical = settings.CRITICAL_TOPICS.includes(topic);
  const attempts = settings.EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS ?? CRITICAL.attempts;
  return {
    attempts: own.max_attempts ?? (critical ? attempts : common.attempts),
    initialDelayMs: own.initial_delay_ms ?? common.initialDelayMs,
    maxDelayMs: own.max_delay_ms ?? common.maxDelayMs,
    backoffFactor: own.backoff_factor ?? common.backoffFactor,
    failureThreshold: own.failure_threshold ?? (critical ? CRITICAL.failureThreshold : common.failureThreshold),
    successThreshold: common.successThreshold,
    halfOpenCalls: common.halfOpenCalls,
    restSeconds: own.timeout_seconds ?? (critical ? CRITICAL.restSeconds : common.restSeconds),
  };
}

/** The most that a batch can take, whatever topics it has. */
export function worstRetries(settings: PolicySettings): Pick<Numbers, "attempts" | "maxDelayMs"> {
  const topics = [undefined, ...settings.CRITICAL_TOPICS, ...Object.keys(settings.TOPIC_POLICIES)];
  const all = topics.map((topic) => topicNumbers(settings, topic));
  return {
    attempts: Math.max(...all.map(({ attempts }) => attempts)),
    maxDelayMs: Math.max(...all.map(({ maxDelayMs }) => maxDelayMs)),
  };
}
