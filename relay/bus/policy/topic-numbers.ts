/** The numbers of retry and breaker for a topic, out of the settings. */
import { ATTEMPTS, CRITICAL, type PolicyOptions } from "./settings.ts";

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

/** The numbers of the bus as a whole, or of a topic, named as on the bus. */
export function topicNumbers(options: PolicyOptions, topic?: string): Numbers {
  const { maxAttempts, criticalTopics, topicPolicies, ...common } = options;
  if (topic === undefined) return { ...common, attempts: maxAttempts ?? ATTEMPTS };
  const own = topicPolicies[topic] ?? {};
  const critical = criticalTopics.includes(topic);
  return {
    ...common,
    attempts: own.max_attempts ?? maxAttempts ?? (critical ? CRITICAL.attempts : ATTEMPTS),
    initialDelayMs: own.initial_delay_ms ?? common.initialDelayMs,
    maxDelayMs: own.max_delay_ms ?? common.maxDelayMs,
    backoffFactor: own.backoff_factor ?? common.backoffFactor,
    failureThreshold: own.failure_threshold ?? (critical ? CRITICAL.failureThreshold : common.failureThreshold),
    restSeconds: own.timeout_seconds ?? (critical ? CRITICAL.restSeconds : common.restSeconds),
  };
}

/** The most that a batch can take, whatever topics it has. */
export function worstRetries(options: PolicyOptions): Pick<Numbers, "attempts" | "maxDelayMs"> {
  const topics = [undefined, ...options.criticalTopics, ...Object.keys(options.topicPolicies)];
  const all = topics.map((topic) => topicNumbers(options, topic));
  return {
    attempts: Math.max(...all.map(({ attempts }) => attempts)),
    maxDelayMs: Math.max(...all.map(({ maxDelayMs }) => maxDelayMs)),
  };
}
