import { cpuMs } from "../../test/services/process-stats.ts";
import type { Contender } from "./contenders.ts";
import { prepareDelivery } from "./deliveries.ts";
import type { Run } from "./figures.ts";
import { load } from "./post.ts";
import { type MeasuredRelay, runRelay } from "./run-relay.ts";
import type { Stage } from "./stage.ts";

/** Messages of a full delivery: the queue hands over no more. */
export const FULL = 100;
/** Deliveries under way at any time. */
const IN_FLIGHT = 6;

/** Starts the relay of a contender, for topics of that prefix. */
export function startContender({ env, cli }: Contender, prefix: string, { broker }: Stage, more = {}): Promise<MeasuredRelay> {
  // A client id of its own, since of that is the transactional.id: no other relay on these brokers is fenced.
  return runRelay(
    {
      ...env,
      KAFKA_BROKERS: broker.brokers,
      KAFKA_TOPIC_PREFIX: prefix,
      KAFKA_CLIENT_ID: `${prefix}relay`,
      ...more,
    },
    cli,
  );
}

/** Loads a relay with full deliveries, as many as it takes. Rejects where its own counters tell of other numbers. */
export async function loadRelay(contender: Contender, prefix: string, stage: Stage): Promise<Run> {
  const relay = await startContender(contender, prefix, stage);
  try {
    const run = await loadFully(relay, stage);
    if (contender.env?.["EVENT_PUBLISHER"] === "kafka")
      await stage.stored(`${prefix}rec.exposure.recorded.v1`, relay.totals().delivered);
    return run;
  } finally {
    await relay.stop();
  }
}

/** Loads a relay that runs: a warm-up, then what is measured. */
export async function loadFully(relay: MeasuredRelay, { packs, times }: Stage): Promise<Run> {
  const deliveries = Array.from({ length: IN_FLIGHT }, () => prepareDelivery(packs, FULL));
  await load(relay, deliveries, times.warmUpMs);
  const [cpu, before] = [cpuMs(relay.pid), relay.totals().delivered];
  const { events, ms } = await load(relay, deliveries, times.ms);
  const delivered = relay.totals().delivered - before;
  if (delivered !== events) throw new Error(`${events} events were acked, and the relay counted ${delivered} as delivered`);
  return { rate: (events / ms) * 1000, cpuUs: ((cpuMs(relay.pid) - cpu) / events) * 1000 };
}
