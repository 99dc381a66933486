/**
 * The collector on this machine: the repository's own wrangler.toml and Worker in real workerd, with real local queues.
 *
 * The queues' emulator keeps its messages in memory: they are gone when it ends. So whoever stops the collector drains it first
 * (`backlog`), and signals reach the caller alone: neither miniflare nor workerd ends on Ctrl-C, only on `close`.
 */
import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  Miniflare,
  type Request,
  type Response,
  type V4WorkerOptionsShape,
} from "miniflare";
import type { CollectorBuild } from "./collector-build.ts";
import { lossless } from "./lossless.ts";
import { shieldedWorkerd } from "./shielded-workerd.ts";

/** Settings of a local collector. */
export interface CollectorOptions {
  /** Port on 127.0.0.1. @default 0, any free one */
  port?: number;
  /** Address of the relay that the queues' consumer pushes to, for example `http://127.0.0.1:8788`. */
  relayUrl: string;
  /** Bearer token that the relay expects. */
  relayToken: string;
  /** More variables of the Worker; each overrides the one of wrangler.toml. */
  vars?: Record<string, string | number>;
  /** Requests in a period that a limiter lets through; each overrides the one of wrangler.toml. */
  limits?: Partial<Record<Limiter, number>>;
  /** Stands between the Worker and the network: gets every request that the Worker makes. @default none: the network itself */
  outbound?: (request: Request) => Promise<Response> | Response;
  /** Seconds that a queue waits for a batch to fill. @default wrangler.toml's */
  consumerTimeout?: number;
  /** Retries of a message before it goes to the dead-letter queue. @default wrangler.toml's */
  maxRetries?: number;
  /** What an earlier call of `buildCollector` made. @default made here, by wrangler, which takes seconds to load */
  build?: CollectorBuild;
}

/** The bindings of wrangler.toml that limit requests. */
type Limiter = "KEY_LIMIT" | "ADDRESS_LIMIT" | "SESSION_LIMIT" | "REJECT_LIMIT";

/** Limits that no test reaches by chance: it posts more in a second than a page does in a minute. */
export const HIGH_LIMITS: Record<Limiter, number> = { KEY_LIMIT: 1e6, ADDRESS_LIMIT: 1e6, SESSION_LIMIT: 1e6, REJECT_LIMIT: 1e6 };

/** A running local collector. */
export interface Collector {
  /** Its address, without a slash at the end. */
  url: string;
  /**
   * Messages that wait in the local queues. Not among them: those that the consumer holds right now, and those that wait out the delay
   * of a retry; `outbound` has seen both.
   */
  backlog(): Promise<number>;
  /** The namespace of KV that the collector looks for write keys in; in memory, like the queues. */
  keyStore: KeyStore;
  /** Ends workerd; what the queues still hold is lost. */
  close(): Promise<void>;
}

/** A local namespace of KV. */
export type KeyStore = Awaited<ReturnType<Miniflare["getKVNamespace"]>>;

/** Starts the collector; resolves when it takes requests. Rejects where the Worker does not build or the port is taken. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const settings = await workerSettings(options);
  const miniflare = await shieldedWorkerd(() => new Miniflare(convertV4MiniflareOptions(settings)));
  const bindings = Object.keys(settings.queueProducers);
  const queues = await Promise.all(bindings.map((binding) => miniflare.getQueueProducer(binding)));
  return {
    url: (await miniflare.ready).origin,
    async backlog() {
      const metrics = await Promise.all(queues.map((queue) => queue.metrics()));
      return metrics.reduce((sum, { backlogCount }) => sum + backlogCount, 0);
    },
    keyStore: await miniflare.getKVNamespace("KEY_STORE"),
    close: () => miniflare.dispose(),
  };
}

async function workerSettings(options: CollectorOptions) {
  const { port = 0, relayUrl, relayToken, vars = {}, limits = {}, outbound, consumerTimeout, maxRetries } = options;
  const { build = await (await import("./collector-build.ts")).buildCollector() } = options;
  const { bindings, compatibilityDate, compatibilityFlags, ...own } = build.settings;
  return {
    ...quiet(),
    host: "127.0.0.1",
    port,
    name: "collector",
    modules: [{ type: "ESModule" as const, path: "collector.js", contents: build.code }],
    ...(compatibilityDate && { compatibilityDate }),
    ...(compatibilityFlags && { compatibilityFlags }),
    ...(own.kvNamespaces && { kvNamespaces: own.kvNamespaces }),
    ...(own.ratelimits && { ratelimits: limited(own.ratelimits, limits) }),
    ...(own.analyticsEngineDatasets && { analyticsEngineDatasets: own.analyticsEngineDatasets }),
    bindings: { ...bindings, RELAY_URL: relayUrl, RELAY_TOKEN: relayToken, ...vars },
    ...lossless(build.queueProducers, build.queueConsumers, { maxBatchTimeout: consumerTimeout, maxRetries }),
    ...(outbound && { outboundService: outbound }),
  };
}

function limited(own: NonNullable<V4WorkerOptionsShape["ratelimits"]>, limits: Record<string, number>): typeof own {
  const entries = Object.entries(own).map(([name, { simple, ...rest }]) => {
    const limit = limits[name] ?? simple.limit;
    return [name, { ...rest, simple: { ...simple, limit } }] as const;
  });
  return Object.fromEntries(entries);
}

/** No look-ups on the network, no telemetry, and only the Worker's errors on stderr; SIGHTLINE_DEBUG=1 shows everything. */
function quiet() {
  const debug = Boolean(process.env["SIGHTLINE_DEBUG"]);
  return {
    cf: { country: "NL" },
    telemetry: { enabled: false },
    logRequests: debug,
    log: new Log(debug ? LogLevel.DEBUG : LogLevel.NONE),
    handleStructuredLogs({ level, message }: { level: string; message: string }) {
      if (debug || level === "error") process.stderr.write(`collector: ${message}\n`);
    },
  };
}
