/** The relay as a service: serves its routes, opens the bus, and ends in order. */
import process from "node:process";
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { Served } from "../dashboard/access.ts";
import { isReadable } from "../bus/create.ts";
import type { Bus, Reader } from "../bus/port/bus.ts";
import { ENVELOPE_TYPES, topicName } from "../bus/port/topics.ts";
import { closeServer } from "../lib/close-server.ts";
import { ConfigError } from "../lib/settings.ts";
import { type Config, readConfig } from "./settings/config.ts";
import type { ServiceOptions } from "./settings/service.ts";
import { endInOrder } from "./end-in-order.ts";
import { createParts, type Parts } from "./parts.ts";
import { keepBusOpen } from "./pipeline/keep-bus-open.ts";
import { liveRoutes } from "../dashboard/live.ts";
import { createLiveModel } from "../dashboard/model.ts";
import { opsRoutes } from "./http/ops.ts";

/**
 * How long a connection may lie idle, milliseconds: longer than Cloudflare keeps one to an origin, which is 900 s. Were it the relay that
 * closes first, deliveries would be sent into connections that are gone by then.
 * https://developers.cloudflare.com/fundamentals/reference/connection-limits/
 */
const KEEP_ALIVE_MS = 905_000;

/** A running relay. */
export interface RunningRelay {
  /** The port it listens on. */
  port: number;
  /** Takes no more, finishes what runs, closes everything; within SHUTDOWN_SECONDS, and a second for each step that is late. */
  stop(): Promise<void>;
}

/** Runs the relay by the settings in `env`. Rejects with a ConfigError, a StateError, or where the port cannot be had; nothing is open then. */
export async function runRelay(env: NodeJS.ProcessEnv): Promise<RunningRelay> {
  const config = readConfig(env);
  const { service } = config;
  if (service.source === "push" && service.token === undefined)
    throw new ConfigError(["RELAY_TOKEN: expected 16 characters or more, to run the relay"]);
  const parts = await createParts(config);
  await using undo = new AsyncDisposableStack();
  undo.defer(parts.abandon);
  const { log, bus, push, pull, intake, ending, metrics, notTaking, denied, health } = parts;

  const app = new Hono().route("/", opsRoutes({ notTaking, denied, metrics, health }));
  if (push) app.route("/", push.routes);
  const opened = Promise.withResolvers<void>();
  if (service.liveView !== "false") app.route("/", live(parts, readable(bus), config, opened.promise));

  const { server, port } = await listen(app, service);
  undo.move();
  push?.servedBy(server);
  push?.start();
  pull?.start();
  const onChange = (reason: string | undefined): void => {
    intake.setBus(reason);
    if (reason === undefined) opened.resolve();
  };
  const keeping = config.bus.enabled
    ? keepBusOpen({ ...parts, topics: config.bus.topics, signal: ending.signal, onChange })
    : Promise.resolve();
  log.info({ port, bus: bus.name }, "listening");
  if (config.bus.disabledBy !== undefined)
    log.warn({ bus: bus.name, reason: config.bus.disabledBy }, "the bus is off: nothing is taken, the queue keeps the events");
  else if (bus.warning !== undefined) log.warn({ bus: bus.name }, bus.warning);
  return { port, stop: () => end(parts, server, keeping, service) };
}

async function end(
  { log, bus, store, lock, suspects, pipeline, push, pull, intake, ending }: Parts,
  server: Server,
  keeping: Promise<void>,
  { shutdownSeconds }: ServiceOptions,
): Promise<void> {
  intake.stop();
  ending.abort();
  const steps = [
    { what: "verdicts for the queue", run: () => Promise.all([push?.stop(), pull?.stop()]) },
    { what: "the rounds under way", run: () => pipeline.idle() },
    { what: "the list of what is worked on", run: () => suspects.close() },
    { what: "what keeps the bus open", run: () => keeping },
    { what: "the bus", run: () => bus.close() },
    { what: "the store", run: () => store.close() },
    { what: "the lock", run: () => lock.close() },
    // Streams of live views stay open for as long as their pages do: nothing is waited for.
    { what: "the server", run: () => closeServer(server, 0) },
  ];
  await endInOrder(steps, shutdownSeconds * 1000, log);
  log.info("stopped");
}

/** Throws a ConfigError where the bus keeps nothing that the live view could show. */
function readable(bus: Parts["bus"]): Bus & Reader {
  if (isReadable(bus)) return bus;
  throw new ConfigError([`LIVE_VIEW: expected a bus that can be read, and ${bus.name} cannot`]);
}

function live(parts: Parts, bus: Bus & Reader, config: Config, opened: Promise<void>): Hono<Served> {
  const { store, policy, metrics, notTaking, queues, ending, log } = parts;
  const { token, liveView } = config.service;
  const { signal } = ending;
  const topics = ENVELOPE_TYPES.map((type) => topicName(config.bus.topics, type));
  const readCounters = () => store.counters();
  const onError = (error: unknown) =>
    log.warn({ reason: (error as Error).message }, "the live view cannot read the bus yet; trying again");
  const sources = { counters: readCounters, breakers: policy.breakers, queues };
  const model = createLiveModel({ bus, topics, ...sources, notTaking, signal, opened, onError });
  parts.observe({ onRound: model.onRound });
  metrics.watchJoins(model.joins);
  return liveRoutes({ model, readCounters, token, trustsLoopback: liveView === "true" });
}

async function listen(app: Hono, { host, port: wanted }: ServiceOptions) {
  return new Promise<{ server: Server; port: number }>((resolve, reject) => {
    const serverOptions = { keepAliveTimeout: KEEP_ALIVE_MS };
    const server = serve({ fetch: app.fetch, hostname: host, port: wanted, serverOptions }, ({ port }) => {
      resolve({ server, port });
      process.send?.({ type: "ready", port });
    }) as Server;
    server.once("error", reject);
  });
}
