/** Keeps a bus open, from the start of the relay to its end, through every outage. */
import { setTimeout as sleep } from "node:timers/promises";
import { BrokenCircuitError } from "cockatiel";
import type { Logger } from "pino";
import type { Bus } from "../../bus/port/bus.ts";
import { openBus } from "../../bus/port/settle.ts";
import { allTopics, type TopicNames } from "../../bus/port/topics.ts";
import { aborted } from "../../lib/aborted.ts";
import { StateError, StoreFull } from "../../lib/database.ts";
import type { Pipeline } from "./pipeline.ts";
import type { PublishPolicy } from "../../bus/policy/publish-policy.ts";

/** Milliseconds after the first failed try, doubled after each further one. */
const FIRST_PAUSE_MS = 250;
/** Milliseconds between tries, at most. */
const LONGEST_PAUSE_MS = 5_000;

interface KeepOpenOptions {
  bus: Bus;
  pipeline: Pipeline;
  policy: PublishPolicy;
  topics: TopicNames;
  signal: AbortSignal;
  log: Logger;
  /** Told each time the relay begins to take, with undefined, or stops, with the reason. */
  onChange: (reason: string | undefined) => void;
}

/**
 * Keeps the bus open: opens it and settles what a crash left under way, and does so again whenever the breaker has opened. Nothing is
 * taken in between. Ends when the signal is aborted.
 */
export async function keepBusOpen(options: KeepOpenOptions): Promise<void> {
  const { bus, policy, signal, log, onChange } = options;
  while (!signal.aborted) {
    if (!(await untilOpen(options))) return;
    log.info({ bus: bus.name }, "taking");
    onChange(undefined);
    await policy.opened(signal);
    onChange(policy.stopped());
    await pause(policy.restMs(), signal);
  }
}

/** Tries until it succeeds; false when the signal was aborted before. */
async function untilOpen({ bus, pipeline, policy, topics, signal, log, onChange }: KeepOpenOptions): Promise<boolean> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      // A breaker that is half open wants several calls to succeed. Each settles what the relay still holds, and takes nothing new.
      do await policy.call(async () => pipeline.begin(await openBus(bus, allTopics(topics))));
      while (policy.stopped() !== undefined && !signal.aborted);
      return true;
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof StateError && !(error instanceof StoreFull)) {
        log.fatal({ bus: bus.name, reason: message }, "nothing is taken until that is put right");
        onChange(message);
        await aborted(signal);
        return false;
      }
      if (attempt === 0)
        log.error({ bus: bus.name, reason: message }, "the bus cannot be had: nothing is taken, the queue keeps the events");
      if (!(error instanceof BrokenCircuitError)) onChange(`the bus ${bus.name} cannot be had: ${message}`);
      await pause(policy.restMs() || Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS), signal);
    }
  }
  return false;
}

/** Waits; less when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
}
