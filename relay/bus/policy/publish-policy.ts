/**
 * Retry and breakers around the bus. Retry happens here and nowhere else: adapters try once. An attempt whose outcome is unknown is
 * settled before the next, so that a retry never doubles what got through.
 *
 * While the breaker of the bus is open the relay takes nothing, so nothing would ever try the bus again: whoever owns the policy waits
 * for `opened`, rests, and probes by `call`. A topic whose breaker is open is left out of the rounds, and tried again by one.
 */
import { BrokenCircuitError, Event, ExponentialBackoff, fullJitterGenerator, handleWhen, retry } from "cockatiel";
import type { Logger } from "pino";
import { StateError } from "../../lib/database.ts";
import { type Bus, PublishError, type Publisher } from "../port/bus.ts";
import { type PendingBatch, type Recovery, settleBatch } from "../port/settle.ts";
import { type Breaker, type BreakerState, type BreakerView, CLUSTER, createBreaker } from "./breakers.ts";
import type { PolicyOptions } from "./settings.ts";
import { type Numbers, topicNumbers } from "./topic-numbers.ts";

export interface PublishPolicy {
  /** Publishes a batch, again and again within the settings' bounds, or once. Rejects with a {@link PublishError}. */
  publish(batch: PendingBatch, how?: { once: boolean }): Promise<void>;
  /** Makes one call to the bus that the breaker of the bus counts. Rejects as the call does, or with a BrokenCircuitError. */
  call<T>(work: () => Promise<T>): Promise<T>;
  /** Why nothing is to be taken; undefined while the bus takes batches. */
  stopped(): string | undefined;
  /** Seconds for which nothing is to be published to a topic; undefined where it takes, or is to be tried. */
  rest(topic: string): number | undefined;
  /** Resolves when the breaker of the bus opens, or the signal is aborted. */
  opened(signal: AbortSignal): Promise<void>;
  /** Milliseconds that an open breaker of the bus still rests before it lets a call through; 0 where it lets calls through. */
  restMs(): number;
  /** How many attempts to publish have failed so far. */
  failedAttempts(): number;
  /** Every breaker: that of the bus, then those of topics that something was published to. */
  breakers(): BreakerView[];
  /** Tells the listener of each change of a breaker's state. */
  onTransition(listener: (name: string, state: BreakerState) => void): void;
}

interface PolicyParts {
  bus: Pick<Bus, "name"> & Publisher & Recovery;
  numbers: PolicyOptions;
  log: Logger;
  /**
   * The breakers: one for the bus, which gates all, and one for each topic, which counts what is that topic's fault; or those of the topics alone,
   * each of which counts every failure of a publish to it. @default "bus and topics"
   */
  breakers?: "bus and topics" | "topics";
  /** Ends the waiting between attempts. */
  signal?: AbortSignal;
}

/** Makes the policy of a bus. */
export function createPublishPolicy({ bus, numbers, log, breakers = "bus and topics", signal }: PolicyParts): PublishPolicy {
  let failedAttempts = 0;
  const listeners: ((name: string, state: BreakerState) => void)[] = [];
  let reason = "";
  const onTransition = (name: string, state: BreakerState): void => {
    tell(log, bus.name, name, state, reason);
    for (const listener of listeners) listener(name, state);
  };
  const isAlone = breakers === "topics";
  const cluster = createBreaker(CLUSTER, topicNumbers(numbers), onTransition);
  const topics = new Map<string, Breaker>();
  const breakerOf = (topic: string): Breaker => {
    const breaker = topics.get(topic) ?? createBreaker(topic, topicNumbers(numbers, topic), onTransition, isAlone);
    topics.set(topic, breaker);
    return breaker;
  };

  const noting = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      reason = (error as Error).message;
      throw error;
    }
  };
  const call = <T>(work: () => Promise<T>): Promise<T> => cluster.run(() => noting(work));

  const publish: PublishPolicy["publish"] = async (batch, { once } = { once: false }) => {
    const names = [...new Set(batch.records.map(({ topic }) => topic))];
    const most = names.map((topic) => topicNumbers(numbers, topic)).reduce((a, b) => (b.attempts > a.attempts ? b : a));
    const trial = createTrial(bus, batch, log);
    let last: unknown;
    const attempt = async (): Promise<void> => {
      try {
        await names.reduce(
          (work, topic) => () => breakerOf(topic).run(work),
          () => (isAlone ? noting(trial.attempt) : call(trial.attempt)),
        )();
      } catch (error) {
        failedAttempts++;
        if (!(error instanceof BrokenCircuitError)) last = error;
        throw error;
      }
    };
    try {
      await attemptsOf(once ? { ...most, attempts: 1 } : most).execute(attempt, signal);
    } catch (cause) {
      // The relay is not to go on at all: that is nothing of the batch.
      if (cause instanceof StateError) throw cause;
      const known = last instanceof PublishError ? last : undefined;
      throw new PublishError(trial.isUnknown ? "unknown" : "absent", reason, {
        cause,
        topics: known?.topics,
        denied: known?.denied,
        ...(known?.refused ? { refused: known.refused } : {}),
        ...(trial.left.length < batch.records.length ? { missing: trial.left } : {}),
      });
    }
  };

  return {
    call,
    publish,
    failedAttempts: () => failedAttempts,
    restMs: () => cluster.restsFor() ?? 0,
    stopped: () => (cluster.state() === "CLOSED" ? undefined : `the bus ${bus.name} does not take events: ${reason}`),
    rest(topic) {
      const left = topics.get(topic)?.restsFor();
      return left === undefined ? undefined : Math.ceil(left / 1000);
    },
    async opened(until) {
      if (cluster.state() !== "CLOSED") return;
      await Event.toPromise(cluster.policy.onBreak, until).catch(() => {});
    },
    breakers: () => [...(isAlone ? [] : [cluster]), ...topics.values()].map((breaker) => breaker.view()),
    onTransition: (listener) => void listeners.push(listener),
  };
}

/** The attempts at one batch: what of it is left to publish, and whether that is known. */
function createTrial(bus: PolicyParts["bus"], batch: PendingBatch, log: Logger) {
  const trial = { left: batch.records, isUnknown: false, attempt };
  async function attempt(): Promise<void> {
    if (trial.isUnknown) {
      const settled = await settleBatch(bus, { ...batch, records: trial.left });
      if (settled === "published") return;
      if (settled !== "absent") trial.left = settled.missing;
    }
    // Set before the attempt and cleared only by an error that is sure: whatever else is thrown leaves the outcome unknown.
    trial.isUnknown = true;
    try {
      await bus.publish({ ...batch, records: trial.left });
    } catch (error) {
      trial.isUnknown = !(error instanceof PublishError && error.outcome === "absent");
      if (error instanceof PublishError && error.missing) trial.left = error.missing;
      const { isUnknown: unknown } = trial;
      log.warn({ bus: bus.name, batch: batch.number, err: error, unknown }, "the bus did not confirm a batch");
      throw error;
    }
  }
  return trial;
}

/** Asking an open breaker again and again is no attempt, what is refused for good is refused again, and a place that is lost stays so. */
function attemptsOf({ attempts, initialDelayMs, maxDelayMs, backoffFactor }: Numbers) {
  return retry(
    handleWhen(
      (error) =>
        !(
          error instanceof BrokenCircuitError ||
          error instanceof StateError ||
          (error instanceof PublishError && error.refused !== undefined)
        ),
    ),
    {
      maxAttempts: attempts - 1,
      backoff: new ExponentialBackoff({
        initialDelay: initialDelayMs,
        maxDelay: maxDelayMs,
        exponent: backoffFactor,
        generator: fullJitterGenerator,
      }),
    },
  );
}

function tell(log: Logger, bus: string, name: string, state: BreakerState, reason: string): void {
  const what = name === CLUSTER ? "the bus" : `the topic ${name}`;
  if (state === "OPEN") log.error({ bus, breaker: name, reason }, `${what} is down: nothing more is published to it for a while`);
  else if (state === "HALF_OPEN") log.info({ bus, breaker: name }, `trying ${what} again`);
  else log.info({ bus, breaker: name }, `${what} is back: taking again`);
}
