/** The parts of a relay, put together. Its folder is locked and its store open; the bus is not, and nothing is taken. */
import { join } from "node:path";
import { createBus } from "../bus/create.ts";
import type { Config } from "./settings/config.ts";
import { type Totals, totals } from "../state/counters.ts";
import { holdFolder } from "../lib/database.ts";
import type { Store } from "../state/store.ts";
import { refuseHalfRebuilt } from "../state/swap-store.ts";
import { openSupervisedStore } from "../state/supervise-store.ts";
import { createIntake } from "./intake.ts";
import { createPipeline } from "./pipeline/pipeline.ts";
import { createPublishPolicy } from "../bus/policy/publish-policy.ts";
import { openSuspects } from "../state/suspects.ts";
import { createSources } from "./source/create.ts";
import { createTelemetry } from "./telemetry/create.ts";
import { createLogger } from "./telemetry/logger.ts";
import type { HealthFacts } from "./http/health.ts";

/** Everything a relay is made of. */
export type Parts = Awaited<ReturnType<typeof createParts>>;

/** Makes the parts that the settings ask for. Rejects with a StateError; nothing is open or locked then. */
export async function createParts(config: Config) {
  await using undo = new AsyncDisposableStack();
  const { dataDir, dedupWindowDays, dedup } = config.service;
  const { topics, deadLetters } = config.bus;
  const log = createLogger(config);
  const lock = holdFolder(join(dataDir, "relay.lock"));
  undo.defer(() => lock.close());
  refuseHalfRebuilt(dataDir);
  const store: Store = openSupervisedStore({ dataDir, windowDays: dedupWindowDays, log });
  undo.defer(() => store.close());
  const bus = await createBus(config.bus);
  undo.defer(() => bus.close());
  const ending = new AbortController();
  const policy = createPublishPolicy({ bus, numbers: config.bus.policy, log, signal: ending.signal });
  const intake = createIntake({ disabledBy: config.bus.disabledBy, others: [policy.stopped, () => pipeline.trouble()] });
  const queues = () => pull?.report() ?? [];
  const { observer, metrics, observe } = createTelemetry({
    config,
    log,
    store,
    policy,
    notTaking: intake.notTaking,
    throttledMs: () => bus.throttledMs?.(),
    queues,
  });
  const suspects = openSuspects(dataDir);
  const pipeline = createPipeline({
    bus,
    store,
    policy,
    topics,
    slot: config.service.slot,
    suspects,
    dedup,
    deadLetters,
    observer,
  });
  const { push, pull } = createSources(config, { take: pipeline.take, hold: pipeline.hold, notTaking: intake.notTaking, log });
  /** For whoever asks from outside: a queue that cannot be pulled is no reason not to pull it. */
  const notTaking = () => intake.notTaking() ?? pull?.trouble();
  const health = (): HealthFacts => ({
    breakers: policy.breakers(),
    notTaking: notTaking(),
    busOpen: intake.isBusOpen(),
    totals: totalsOf(store),
    consumers: pull ? pull.report().length : 1,
    config: config.bus,
  });
  const denied = (): string[] => policy.breakers().flatMap((breaker) => breaker.denied);
  const opened = undo.move();
  /** Closes what was opened, for a start that fails; a relay that runs ends in order. */
  const abandon = async (): Promise<void> => {
    ending.abort();
    await opened.disposeAsync();
  };
  return {
    abandon,
    log,
    lock,
    store,
    bus,
    ending,
    policy,
    intake,
    metrics,
    observe,
    suspects,
    pipeline,
    push,
    pull,
    notTaking,
    queues,
    denied,
    health,
  };
}

/** Nothing where the store cannot be read: that it is broken is the reason for which nothing is taken, and the rest is still true. */
function totalsOf(store: Store): Totals {
  try {
    return totals(store.counters());
  } catch {
    return totals([]);
  }
}
