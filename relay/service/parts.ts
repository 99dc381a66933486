/** The parts of a relay, put together. Its folder is held and its store open; the bus is not, and nothing is taken. */
import { join } from "node:path";
import { createBus } from "../bus/create.ts";
import type { Config } from "./settings/config.ts";
import { type Totals, totals } from "../state/counters.ts";
import { holdFolder } from "../lib/database.ts";
import type { Store } from "../state/store.ts";
import { refuseHalfRebuilt } from "../state/swap-store.ts";
import { openSupervisedStore } from "../state/supervise-store.ts";
import { createPipeline } from "./pipeline/pipeline.ts";
import { createPublishPolicy } from "../bus/policy/publish-policy.ts";
import { openSuspects } from "../state/suspects.ts";
import { createSources } from "./source/create.ts";
import { createTelemetry } from "./telemetry/create.ts";
import { createLogger } from "./telemetry/logger.ts";
import type { HealthFacts } from "./http/health.ts";

/** Everything a relay is made of. */
export type Parts = Awaited<ReturnType<typeof createParts>>;

/** Makes the parts that the settings ask for. Rejects with a StateError. */
export async function createParts(config: Config) {
  const { dataDir, dedupWindowDays, dedup } = config.service;
  const { topics, deadLetters } = config.bus;
  const log = createLogger(config);
  const lock = holdFolder(join(dataDir, "relay.lock"));
  refuseHalfRebuilt(dataDir);
  const store: Store = openSupervisedStore({ dataDir, windowDays: dedupWindowDays, log });
  const bus = await createBus(config.bus);
  const ending = new AbortController();
  const policy = createPublishPolicy({ bus, numbers: config.bus.policy, log, signal: ending.signal });
  /** Whether the bus is open; the reason where it is not. */
  const gate = { closed: config.bus.enabled ? "the bus is not open yet" : "ENABLE_EVENT_BUS is false" } as {
    closed: string | undefined;
  };
  const whyNot = () =>
    ending.signal.aborted ? "the relay is stopping" : (gate.closed ?? policy.stopped() ?? pipeline.trouble());

  const queues = () => pull?.report() ?? [];
  const { observer, metrics } = createTelemetry({ config, log, store, policy, notTaking: whyNot, queues });
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
  const { push, pull } = createSources(config, { take: pipeline.take, notTaking: whyNot, log });
  const notTaking = () => whyNot() ?? pull?.trouble();
  const health = (): HealthFacts => ({
    breakers: policy.breakers(),
    notTaking: notTaking(),
    busOpen: gate.closed === undefined,
    totals: totalsOf(store),
    consumers: pull ? pull.report().length : 1,
    config: config.bus,
  });
  return { log, lock, store, bus, ending, policy, gate, metrics, suspects, pipeline, push, pull, notTaking, health };
}

/** Nothing where the store cannot be read: that it is broken is the reason for which nothing is taken, and the rest is still true. */
function totalsOf(store: Store): Totals {
  try {
    return totals(store.counters());
  } catch {
    return totals([]);
  }
}
