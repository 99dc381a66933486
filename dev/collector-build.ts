/** The repository's own wrangler.toml and Worker, as miniflare takes them. Made once, it serves any number of collectors. */
import { pathToFileURL } from "node:url";
import type { V4QueueConsumerOptions, V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions as readWorkerOptions, unstable_readConfig as readConfig } from "wrangler";
import { bundleWorker, WRANGLER } from "../worker/scripts/bundle-worker.ts";

/** What a collector on this machine has of wrangler.toml, but for its queues. */
const TAKEN = [
  "bindings",
  "compatibilityDate",
  "compatibilityFlags",
  "kvNamespaces",
  "ratelimits",
  "analyticsEngineDatasets",
] as const satisfies (keyof V4WorkerOptionsShape)[];

/** A collector's code and settings; plain data. */
export interface CollectorBuild {
  code: string;
  settings: Pick<V4WorkerOptionsShape, (typeof TAKEN)[number]>;
  queueProducers: Exclude<V4WorkerOptionsShape["queueProducers"], string[] | undefined>;
  queueConsumers: Record<string, V4QueueConsumerOptions>;
}

/** Reads the settings and bundles the Worker. Rejects where it does not build. */
export async function buildCollector(): Promise<CollectorBuild> {
  // The token is given later: left alone, wrangler would look for it in this process's environment.
  const { workerOptions, main } = readWorkerOptions({ ...readConfig({ config: WRANGLER }), secrets: undefined });
  const { queueProducers, queueConsumers, ...all } = workerOptions as V4WorkerOptionsShape;
  if (main === undefined || !isRecord(queueConsumers) || !isRecord(queueProducers)) {
    throw new Error(`${WRANGLER}: expected main, and producers and consumers of queues`);
  }
  const settings = Object.fromEntries(TAKEN.map((name) => [name, all[name]]));
  const { code } = await bundleWorker(pathToFileURL(main), { minify: false, sourcemap: true });
  return { code, settings, queueProducers, queueConsumers };
}

function isRecord<T extends object>(value: T | undefined): value is Exclude<T, unknown[]> {
  return value !== undefined && !Array.isArray(value);
}
