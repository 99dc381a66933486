/**
 * Retry and breaker around the bus. Retry happens here and nowhere else: adapters try once. An attempt whose outcome is unknown is
 * settled before the next, so that a retry never doubles what got through.
 */
import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  type CircuitBreakerPolicy,
} from "cockatiel";
import type { Logger } from "pino";
import { type Batch, type Bus, PublishError } from "../bus/bus.ts";
import { NotTaking } from "../pipeline.ts";
import type { Config } from "../settings.ts";

export interface PublishPolicy {
  /** Publishes a batch, again and again within the settings' bounds. Rejects with the last attempt's error. */
  publish(batch: Batch): Promise<void>;
  /** Runs a round. Rejects with {@link NotTaking} where the bus fails, or has failed so often that it is left alone for a while. */
  guard(round: () => Promise<void>): Promise<void>;
  /** Why nothing is taken; undefined while all is well. */
  stopped(): string | undefined;
}

type Numbers = Pick<
  Config,
  | "EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS"
  | "EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS"
  | "EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS"
  | "EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR"
  | "EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD"
  | "EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS"
>;

/** Makes the policy of a bus. */
export function createPublishPolicy(bus: Bus, numbers: Numbers, log: Logger): PublishPolicy {
  const seconds = numbers.EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS;
  const attempts = retry(handleAll, {
    maxAttempts: numbers.EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS - 1,
    backoff: new ExponentialBackoff({
      initialDelay: numbers.EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS,
      maxDelay: numbers.EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS,
      exponent: numbers.EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR,
    }),
  });
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: seconds * 1000,
    breaker: new ConsecutiveBreaker(numbers.EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD),
  });
  let reason: string | undefined;
  logChanges(breaker, bus.name, log, () => reason);

  return {
    async publish(batch) {
      let unknown = false;
      await attempts.execute(async () => {
        if (unknown && (await bus.settle(batch.number)) === "published") return;
        // Set before the attempt and cleared only by an error that is sure: whatever else is thrown leaves the outcome unknown.
        unknown = true;
        try {
          await bus.publish(batch);
        } catch (error) {
          unknown = !(error instanceof PublishError && error.outcome === "absent");
          log.warn({ bus: bus.name, batch: batch.number, err: error, unknown }, "the bus did not confirm a batch");
          throw error;
        }
      });
    },
    async guard(round) {
      try {
        await breaker.execute(round);
        reason = undefined;
      } catch (cause) {
        if (!(cause instanceof BrokenCircuitError)) reason = (cause as Error).message;
        const message = `the bus ${bus.name} does not take events: ${reason ?? "unknown"}`;
        throw new NotTaking(message, cause instanceof BrokenCircuitError ? seconds : 2, { cause });
      }
    },
    stopped: () =>
      breaker.state === CircuitState.Closed ? undefined : `the bus ${bus.name} does not take events: ${reason ?? "unknown"}`,
  };
}

function logChanges(breaker: CircuitBreakerPolicy, bus: string, log: Logger, reason: () => string | undefined): void {
  breaker.onBreak(() =>
    log.error({ bus, reason: reason() }, "the bus is down: the relay stops taking, the queue keeps the events"),
  );
  breaker.onHalfOpen(() => log.info({ bus }, "trying the bus again"));
  breaker.onReset(() => log.info({ bus }, "the bus is back: taking again"));
}
