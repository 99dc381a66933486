/**
 * The breakers: one for the bus as a whole, which gates the intake, and one for each topic. Only faults of the bus count; which of them
 * an error counts for, it says itself.
 */
import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  type CircuitBreakerPolicy,
  handleWhen,
  type IBackoff,
  type IHalfOpenAfterBackoffContext,
} from "cockatiel";
import { PublishError } from "../port/bus.ts";
import { StateError } from "../../lib/database.ts";
import type { Numbers } from "./topic-numbers.ts";

/** Name of the breaker of the bus as a whole. */
export const CLUSTER = "cluster";

/** State of a breaker. */
export type BreakerState = "CLOSED" | "OPEN" | "HALF_OPEN";

/** A breaker as it stands. */
export interface BreakerView {
  /** Its topic, with prefix; `cluster` for that of the whole bus, which gates the intake. */
  name: string;
  state: BreakerState;
  /** Failures in a row. */
  failureCount: number;
  /** Successes in a row. */
  consecutiveSuccesses: number;
  totalFailures: number;
  totalSuccess: number;
  /** ISO 8601 UTC. */
  lastFailureTime: string | undefined;
  /** Rights that are missing, in words; none while it is closed. */
  denied: readonly string[];
}

type Listener = (name: string, state: BreakerState) => void;

/** A breaker and what it has seen. */
export interface Breaker {
  run<T>(work: () => Promise<T>): Promise<T>;
  state(): BreakerState;
  view(): BreakerView;
  /** Milliseconds that an open one still rests; undefined once a call may be tried. */
  restsFor(): number | undefined;
  /** Aborted by the change of its state. */
  policy: CircuitBreakerPolicy;
}

/**
 * Whether an error is the fault of what this breaker stands for. With `countsAll` a failure of the bus is one of the topic, too: so it is to a
 * topic on trial, which has not been shown to take anything, and where no breaker stands for the bus.
 */
function isToBlame(name: string, error: unknown, countsAll: boolean): boolean {
  // The relay's own state is no part of the bus.
  if (error instanceof BrokenCircuitError || error instanceof StateError) return false;
  if (!(error instanceof PublishError)) return name === CLUSTER || countsAll;
  if (error.refused !== undefined) return false;
  if (error.topics?.includes(name)) return true;
  return error.topics === undefined && (name === CLUSTER || countsAll);
}

/** How long a breaker rests the first time, milliseconds; twice as long each time that the trial fails, up to the setting. */
const FIRST_REST_MS = 2_000;
/** And where a right is missing: that is given at once, costs the bus nothing to find out, and is waited for. */
const DENIED_REST_MS = 3_000;

function restMs({ attempt, result }: IHalfOpenAfterBackoffContext, most: number): number {
  const error = "error" in result ? result.error : undefined;
  if (error instanceof PublishError && error.denied !== undefined) return Math.min(DENIED_REST_MS, most);
  return Math.min(FIRST_REST_MS * 2 ** (attempt - 1), most);
}

/** Makes a breaker; `onTransition` is told of each change of its state. With `alone` no other breaker stands for the bus. */
export function createBreaker(name: string, numbers: Numbers, onTransition: Listener, alone = false): Breaker {
  const calls = numbers.halfOpenCalls;
  const most = numbers.restSeconds * 1000;
  let rest = Math.min(FIRST_REST_MS, most);
  const next = (context: IHalfOpenAfterBackoffContext): IBackoff<IHalfOpenAfterBackoffContext> => {
    rest = restMs(context, most);
    return { duration: rest, next };
  };
  const policy: CircuitBreakerPolicy = circuitBreaker(
    handleWhen((error) => isToBlame(name, error, alone || policy.state === CircuitState.HalfOpen)),
    {
      halfOpenAfter: { next },
      halfOpenSampling: { calls, threshold: Math.max(0, 1 - numbers.successThreshold / calls) },
      breaker: new ConsecutiveBreaker(numbers.failureThreshold),
    },
  );
  const seen = { failures: 0, successes: 0, totalFailures: 0, totalSuccess: 0, lastFailure: undefined as string | undefined };
  let denied: readonly string[] = [];
  let openedAt = 0;
  policy.onFailure(({ handled, reason }) => {
    // What is somebody else's fault is neither a failure nor a success of this one.
    if (!handled) return;
    seen.failures++;
    seen.totalFailures++;
    seen.successes = 0;
    seen.lastFailure = new Date().toISOString();
    const error = "error" in reason ? reason.error : undefined;
    denied = error instanceof PublishError ? (error.denied ?? []) : [];
  });
  policy.onSuccess(() => {
    seen.successes++;
    seen.totalSuccess++;
    seen.failures = 0;
    denied = [];
  });
  policy.onBreak(() => void (openedAt = Date.now()));
  policy.onStateChange(() => onTransition(name, stateOf(policy)));
  return {
    policy,
    run: (work) => policy.execute(work),
    state: () => stateOf(policy),
    restsFor() {
      if (policy.state !== CircuitState.Open) return undefined;
      const left = openedAt + rest - Date.now();
      return left > 0 ? left : undefined;
    },
    view: () => ({
      name,
      state: stateOf(policy),
      failureCount: seen.failures,
      consecutiveSuccesses: seen.successes,
      totalFailures: seen.totalFailures,
      totalSuccess: seen.totalSuccess,
      lastFailureTime: seen.lastFailure,
      denied,
    }),
  };
}

function stateOf({ state }: CircuitBreakerPolicy): BreakerState {
  if (state === CircuitState.Closed) return "CLOSED";
  return state === CircuitState.HalfOpen ? "HALF_OPEN" : "OPEN";
}
