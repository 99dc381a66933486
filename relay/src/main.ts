/** The relay as a service: puts its parts together, opens the bus, and ends in order. */
import process from "node:process";
import type { Server } from "node:http";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { Logger } from "pino";
import type { Bus } from "./bus/bus.ts";
import { createBus } from "./bus/create.ts";
import { ENVELOPE_TYPES, topicName } from "./bus/topics.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";
import { type Totals, totals } from "./dedup/counters.ts";
import { holdFolder } from "./dedup/database.ts";
import type { Store } from "./dedup/store.ts";
import { refuseHalfRebuilt } from "./dedup/swap-store.ts";
import { openTendedStore } from "./dedup/tend-store.ts";
import { endInOrder } from "./ops/end-in-order.ts";
import { createPipeline } from "./pipeline.ts";
import { createPublishPolicy } from "./policy/publish-policy.ts";
import { openSuspects } from "./policy/suspects.ts";
import { tendBus } from "./policy/tend-bus.ts";
import { createSources } from "./source/create.ts";
import { createTelemetry } from "./telemetry/create.ts";
import { createLogger } from "./telemetry/logger.ts";
import { liveRoutes } from "./web/live.ts";
import type { HealthFacts } from "./web/health.ts";
import { createLiveModel } from "./web/model.ts";
import { opsRoutes } from "./web/ops.ts";

/** A running relay. */
export interface RunningRelay {
  /** The port it listens on. */
  port: number;
  /** Takes no more, finishes what runs, closes everything. */
  stop(): Promise<void>;
}

/** Runs the relay by the settings in `env`. Rejects with a ConfigError, a StateError, or where the port cannot be had. */
export async function runRelay(env: NodeJS.ProcessEnv): Promise<RunningRelay> {
  const config = readConfig(env);
  if (config.SOURCE === "push" && config.RELAY_TOKEN === undefined)
    throw new ConfigError("wrong settings:\n  RELAY_TOKEN: expected, to run the relay: 16 characters or more");
  const log = createLogger(config);
  const lock = holdFolder(join(config.DATA_DIR, "relay.lock"));
  refuseHalfRebuilt(config.DATA_DIR);
  const store = openTendedStore({ dataDir: config.DATA_DIR, windowDays: config.DEDUP_WINDOW_DAYS, log });
  const bus = await createBus(config);
  const ending = new AbortController();
  const policy = createPublishPolicy({ bus, numbers: config, log, signal: ending.signal });
  const suspects = openSuspects(config.DATA_DIR);
  const { ENABLE_DEDUP: dedup, ENABLE_DLQ: deadLetters } = config;
  let notTaking: string | undefined = config.ENABLE_EVENT_BUS ? "the bus is not open yet" : "ENABLE_EVENT_BUS is false";
  const whyNot = () => (ending.signal.aborted ? "the relay is stopping" : (notTaking ?? policy.stopped() ?? pipeline.trouble()));

  const queues = () => pull?.report() ?? [];
  const { observer, metrics } = createTelemetry({ config, log, store, policy, notTaking: whyNot, queues });
  const pipeline = createPipeline({ bus, store, policy, topics: config, suspects, dedup, deadLetters, observer });
  const { push, pull } = createSources(config, { take: pipeline.take, notTaking: whyNot, log });
  const reason = () => whyNot() ?? pull?.trouble();
  const facts = (): HealthFacts => ({
    breakers: policy.breakers(),
    notTaking: reason(),
    busOpen: config.ENABLE_EVENT_BUS && notTaking === undefined,
    totals: totalsOf(store),
    consumers: pull ? pull.report().length : 1,
    config,
  });

  const app = new Hono().route("/", opsRoutes({ notTaking: reason, metrics, health: facts }));
  if (push) app.route("/", push.routes);
  const opened = Promise.withResolvers<void>();
  if (config.LIVE_VIEW) app.route("/", live(bus, store, config, ending.signal, opened.promise, log));

  const { server, port } = await listen(app, config);
  push?.servedBy(server);
  push?.start();
  pull?.start();
  const onChange = (why: string | undefined): void => {
    notTaking = why;
    if (why === undefined) opened.resolve();
  };
  const tending = config.ENABLE_EVENT_BUS
    ? tendBus({ bus, pipeline, policy, topics: config, signal: ending.signal, log, onChange })
    : Promise.resolve();
  log.info({ port, bus: bus.name }, "listening");

  return {
    port,
    async stop() {
      ending.abort();
      const steps = [
        { what: "the rounds under way", run: () => pipeline.idle() },
        { what: "verdicts for the queue", run: () => Promise.all([push?.stop(), pull?.stop()]) },
        { what: "the tending of the bus", run: () => tending },
        { what: "the bus", run: () => bus.close() },
        { what: "the store", run: () => store.close() },
        { what: "the lock", run: () => lock.close() },
        { what: "the server", run: () => closeServer(server) },
      ];
      await endInOrder(steps, config.SHUTDOWN_SECONDS * 1000, log);
      log.info("stopped");
    },
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

async function closeServer(server: Server): Promise<void> {
  // Streams of live views stay open for as long as their pages do.
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function live(bus: Bus, store: Store, config: Config, signal: AbortSignal, opened: Promise<void>, log: Logger): Hono {
  const topics = ENVELOPE_TYPES.map((type) => topicName(config, type));
  const readCounters = () => store.counters();
  const onError = (error: unknown) =>
    log.warn({ reason: (error as Error).message }, "the live view cannot read the bus yet; trying again");
  return liveRoutes(createLiveModel({ bus, topics, readCounters, signal, opened, onError }), readCounters);
}

async function listen(app: Hono, { RELAY_HOST, RELAY_PORT }: Config) {
  return new Promise<{ server: Server; port: number }>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: RELAY_HOST, port: RELAY_PORT }, ({ port }) => {
      resolve({ server, port });
      process.send?.({ type: "ready", port });
    }) as Server;
    server.once("error", reject);
  });
}
