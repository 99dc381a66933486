/** The two settings that are measured, and what each promises. */
import type { CollectorBuild } from "../../dev/collector-build.ts";
import { TRACKER_DEFAULTS } from "../../client/src/tracker/read-options.ts";

/** Kinds of event by how the SDK sends them: an outcome at once, an exposure in company. */
export const KINDS = ["outcome", "exposure"] as const;
/** See above. */
export type Kind = (typeof KINDS)[number];

/** Settings of the whole way. */
export interface Setting {
  name: string;
  /** The SDK's flushInterval, milliseconds. */
  flushInterval: number;
  /** The queue's max_batch_timeout, seconds. */
  batchTimeout: number;
  /** Milliseconds in which 99 of 100 events of each kind are to be with the consumer. */
  p99Ms: Record<Kind, number>;
  /** How long pages record events, seconds: enough for what waits longest, and in a quick run. */
  seconds: number;
  quickSeconds: number;
}

/** The defaults of the SDK and of wrangler.toml, and those for who wants it sooner. */
export function settings({ queueConsumers }: CollectorBuild): Setting[] {
  const { maxBatchTimeout } = queueConsumers["sightline-events"] ?? {};
  if (maxBatchTimeout === undefined) throw new Error("wrangler.toml: expected max_batch_timeout of sightline-events");
  return [
    {
      name: "default",
      flushInterval: TRACKER_DEFAULTS.flushInterval,
      batchTimeout: maxBatchTimeout,
      p99Ms: { outcome: 2_500, exposure: 2_500 },
      seconds: 60,
      quickSeconds: 6,
    },
    {
      name: "low-latency",
      flushInterval: 100,
      batchTimeout: 0,
      p99Ms: { outcome: 500, exposure: 500 },
      seconds: 45,
      quickSeconds: 6,
    },
  ];
}
