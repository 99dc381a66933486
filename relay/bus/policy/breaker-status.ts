/** A breaker in the words that users of the event bus know: as the relay and services show it. */
import type { BreakerState, BreakerView } from "./breakers.ts";

/** A breaker. */
export interface BreakerStatus {
  state: BreakerState;
  /** Failures in a row. */
  failure_count: number;
  consecutive_successes: number;
  total_failures: number;
  total_success: number;
  /** ISO 8601 UTC; null before the first. */
  last_failure_time: string | null;
  /** Rights on the bus that are missing, in words. */
  denied: readonly string[];
}

/** A breaker as it is shown. */
export function statusOf({
  state,
  failureCount,
  consecutiveSuccesses,
  totalFailures,
  totalSuccess,
  ...view
}: BreakerView): BreakerStatus {
  return {
    state,
    failure_count: failureCount,
    consecutive_successes: consecutiveSuccesses,
    total_failures: totalFailures,
    total_success: totalSuccess,
    last_failure_time: view.lastFailureTime ?? null,
    denied: view.denied,
  };
}
