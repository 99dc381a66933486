/** The collector of `npm start`, from the build that the run has made once. */
import { inject } from "vitest";
import { type Collector, type CollectorOptions, startCollector as start } from "../../dev/collector.ts";

export { type Collector, type CollectorOptions, HIGH_LIMITS } from "../../dev/collector.ts";

/** Starts one. Its queues wait for no batch to fill, unless a test wants it. */
export function startCollector(options: CollectorOptions): Promise<Collector> {
  return start({ build: inject("collector"), consumerTimeout: 0, ...options });
}
