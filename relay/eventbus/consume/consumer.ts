/** What takes the deliveries of a subscription: the sink between a bus and a handler. */
import type { Sink } from "@sightline/bus/subscriber";
import { createChains } from "./chains.ts";
import { createHandle } from "./handle.ts";
import { createStats, type ConsumerStats } from "./stats.ts";

interface ConsumerOptions extends Omit<Parameters<typeof createHandle>[0], "signalOf" | "stats"> {
  /** Keys that are worked on side by side, at most. */
  concurrency: number;
  /** Messages at hand, at most. */
  room: number;
  /** How long a lane that goes waits for the handlers that have begun, milliseconds. */
  drainMs: number;
  onFault: (error: Error | undefined) => void;
}

/** A sink with statistics. */
export interface Consumer extends Sink {
  stats(): ConsumerStats;
  /** It is over: nothing more comes. */
  stopped(): void;
}

/** Makes it. */
export function createConsumer({ concurrency, room, drainMs, onFault, ...options }: ConsumerOptions): Consumer {
  const stats = createStats();
  const lanes = new Map<string, AbortController>();
  const signalOf = (lane: string): AbortSignal => {
    const controller = lanes.get(lane) ?? new AbortController();
    lanes.set(lane, controller);
    return controller.signal;
  };
  const chains = createChains({ work: createHandle({ ...options, signalOf, stats }), concurrency, room, drainMs });
  return {
    async take(deliveries) {
      stats.fetched(deliveries.length);
      await chains.add(deliveries);
    },
    async drain(names) {
      for (const lane of names) {
        lanes.get(lane)?.abort();
        lanes.delete(lane);
      }
      await chains.drain(new Set(names));
    },
    fault(error) {
      stats.fault(error);
      onFault(error);
    },
    stats: stats.view,
    stopped: stats.stopped,
  };
}
