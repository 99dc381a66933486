/** Metrics, traces and the log of rounds, as one observer. */
import type { Logger } from "pino";
import type { Config } from "../settings/config.ts";
import type { Store } from "../../state/store.ts";
import type { Observer } from "./observer.ts";
import type { PublishPolicy } from "../../bus/policy/publish-policy.ts";
import type { QueueReport } from "../source/pull.ts";
import { logRounds } from "./log-rounds.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { traceRounds } from "./trace-rounds.ts";

interface TelemetryOptions {
  config: Config;
  log: Logger;
  store: Store;
  policy: Pick<PublishPolicy, "breakers" | "onTransition">;
  /** Why nothing is taken; undefined while the relay takes. */
  notTaking: () => string | undefined;
  /** How long the bus has made the relay wait, milliseconds; undefined where it does not tell. */
  throttledMs: () => number | undefined;
  /** The queues that are pulled. Not asked before the first scrape. */
  queues: () => QueueReport[];
}

/** What the relay tells of itself. */
export interface Telemetry {
  observer: Required<Observer>;
  metrics: Metrics;
  /** One more is told of each round. */
  observe(observer: Observer): void;
}

/** Makes it all. What fails in it is told in the log, and never stops a round. */
export function createTelemetry({ config, log, store, policy, notTaking, throttledMs, queues }: TelemetryOptions): Telemetry {
  const metrics = createMetrics({
    counters: () => store.counters(),
    keys: () => store.size().keys,
    breakers: () => policy.breakers(),
    notTaking,
    throttledMs,
    queues,
    tenants: new Set(config.service.metricsTenants),
  });
  policy.onTransition((name, state) => metrics.onTransition(name, state));
  const observers: Observer[] = [metrics.observer, traceRounds(config.bus.adapter.system), logRounds(log)];
  const tell = (one: (observer: Observer) => void): void => {
    for (const observer of observers) {
      try {
        one(observer);
      } catch (error) {
        log.error({ err: error }, "telling of a round failed; the round did not");
      }
    }
  };
  return {
    metrics,
    observe: (observer) => void observers.push(observer),
    observer: {
      onRound: (report) => tell((observer) => observer.onRound?.(report)),
      onFailedRound: (report) => tell((observer) => observer.onFailedRound?.(report)),
    },
  };
}
