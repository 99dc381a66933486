/**
 * Retry and breaker around the bus. Retry happens here and nowhere else: adapters try once. An attempt whose outcome is unknown is
 * settled before the next, so that a retry never doubles what got through.
 *
 * The breaker counts calls to the bus, and nothing else. While it is open the relay takes nothing, so nothing would ever try the bus
 * again: whoever owns the policy waits for `opened`, rests, and probes by `call`.
 */
import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  Event,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  retry,
} from "cockatiel";
import type { Logger } from "pino";
import { type Batch, type Bus, PublishError } from "../bus/bus.ts";
import type { Config } from "../settings.ts";

export interface PublishPolicy {
  /** Publishes a batch, again and again within the settings' bounds. Rejects with a {@link PublishError}. */
  publish(batch: Batch): Promise<void>;
  /** Makes one call to the bus that the breaker counts. Rejects as the call does, or with a BrokenCircuitError. */
  call<T>(work: () => Promise<T>): Promise<T>;
  /** Why nothing is to be taken; undefined while the bus takes batches. */
  stopped(): string | undefined;
  /** Resolves when the breaker opens, or the signal is aborted. */
  opened(signal: AbortSignal): Promise<void>;
  /** Seconds that an open breaker rests before it lets a call through. */
  readonly restSeconds: number;
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

interface PolicyOptions {
  bus: Pick<Bus, "name" | "publish" | "settle">;
  numbers: Numbers;
  log: Logger;
  /** Ends the waiting between attempts. */
  signal?: AbortSignal;
}

/** Makes the policy of a bus. */
export function createPublishPolicy({ bus, numbers, log, signal }: PolicyOptions): PublishPolicy {
  const { restSeconds, attempts, breaker } = policies(numbers);
  let reason = "";
  breaker.onBreak(() =>
    log.error({ bus: bus.name, reason }, "the bus is down: the relay stops taking, the queue keeps the events"),
  );
  breaker.onHalfOpen(() => log.info({ bus: bus.name }, "trying the bus again"));
  breaker.onReset(() => log.info({ bus: bus.name }, "the bus is back: taking again"));

  const call = <T>(work: () => Promise<T>): Promise<T> =>
    breaker.execute(async () => {
      try {
        return await work();
      } catch (error) {
        reason = (error as Error).message;
        throw error;
      }
    });

  return {
    call,
    restSeconds,
    async publish(batch) {
      let unknown = false;
      const attempt = async (): Promise<void> => {
        if (unknown && (await bus.settle({ number: batch.number, claimedAt: "" })) === "published") return;
        // Set before the attempt and cleared only by an error that is sure: whatever else is thrown leaves the outcome unknown.
        unknown = true;
        try {
          await bus.publish(batch);
        } catch (error) {
          unknown = !(error instanceof PublishError && error.outcome === "absent");
          log.warn({ bus: bus.name, batch: batch.number, err: error, unknown }, "the bus did not confirm a batch");
          throw error;
        }
      };
      try {
        await attempts.execute(() => call(attempt), signal);
      } catch (cause) {
        throw new PublishError(unknown ? "unknown" : "absent", reason, { cause });
      }
    },
    stopped: () => (breaker.state === CircuitState.Closed ? undefined : `the bus ${bus.name} does not take events: ${reason}`),
    async opened(until) {
      if (breaker.state !== CircuitState.Closed) return;
      await Event.toPromise(breaker.onBreak, until).catch(() => {});
    },
  };
}

function policies(numbers: Numbers) {
  const restSeconds = numbers.EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS;
  // Asking an open breaker again and again is no attempt.
  const attempts = retry(
    handleWhen((error) => !(error instanceof BrokenCircuitError)),
    {
      maxAttempts: numbers.EVENT_BUS_PUBLISH_RETRY_MAX_ATTEMPTS - 1,
      backoff: new ExponentialBackoff({
        initialDelay: numbers.EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS,
        maxDelay: numbers.EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS,
        exponent: numbers.EVENT_BUS_PUBLISH_RETRY_BACKOFF_FACTOR,
      }),
    },
  );
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: restSeconds * 1000,
    breaker: new ConsecutiveBreaker(numbers.EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD),
  });
  return { restSeconds, attempts, breaker };
}
