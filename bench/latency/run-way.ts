/** One setting: all parts of the way are started, pages record, and every event is waited for at its end. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { HIGH_LIMITS, startCollector } from "../../dev/collector.ts";
import type { CollectorBuild } from "../../dev/collector-build.ts";
import { closeServer } from "../../relay/lib/close-server.ts";
import type { Broker } from "../relay/broker.ts";
import { runRelay } from "../relay/run-relay.ts";
import { consume } from "./consume.ts";
import { recordAll } from "./pages.ts";
import type { Kind, Setting } from "./settings.ts";
import { tapDeliveries, tapFront } from "./taps.ts";
import { createTrail, stageTimes } from "./trail.ts";

/** How long the last events may take, milliseconds, on top of what the SDK and the queue wait. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 50;
/** Events of the first seconds are not in the figures, milliseconds: nothing is compiled or connected yet. */
const WARM_UP_MS = 5_000;

/** What all settings are run on. */
export interface Ground {
  build: CollectorBuild;
  broker: Broker;
  browser: Browser;
  site: string;
}

/** An event's kind, and its milliseconds in each stage and in the whole. */
export interface Timed {
  kind: Kind;
  times: number[];
}

/** Runs it. Rejects, and says what came, where an event did not come exactly once, or something was refused. */
export async function runWay({ build, broker, browser, site }: Ground, setting: Setting, seconds: number): Promise<Timed[]> {
  await using undo = new AsyncDisposableStack();
  const prefix = `latency.${Date.now()}.`;
  undo.defer(() => broker.sweep(prefix));
  const trail = createTrail();
  const consumer = await consume(broker, prefix, trail);
  undo.defer(consumer.stop);
  const kafka = { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: broker.brokers, KAFKA_TOPIC_PREFIX: prefix };
  const relay = await runRelay({ ...kafka, KAFKA_CLIENT_ID: `${prefix}relay` });
  undo.defer(relay.stop);
  const tap = tapDeliveries(relay, trail);
  const inner = await startCollector({
    build,
    relayUrl: `http://127.0.0.1:${relay.port}`,
    relayToken: relay.token,
    limits: HIGH_LIMITS,
    consumerTimeout: setting.batchTimeout,
    outbound: tap.outbound,
  });
  undo.defer(inner.close);
  const front = tapFront(inner.url, trail).listen(0, "127.0.0.1");
  await once(front, "listening");
  undo.defer(() => closeServer(front));
  const collector = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;

  const { flushInterval, batchTimeout } = setting;
  const began = Date.now();
  const { recorded, close } = await recordAll(browser, { site, collector, flushInterval, ms: WARM_UP_MS + seconds * 1000 });
  undo.defer(close);
  for (const { events } of recorded) for (const { id, at } of events) trail.note("tracked", [id], at);
  const until = Date.now() + flushInterval + batchTimeout * 1000 + PATIENCE_MS;
  const isOver = async (): Promise<boolean> =>
    trail.missing().length === 0 && tap.underWay() === 0 && (await inner.backlog()) === 0 && relay.totals().held === 0;
  while (!(await isOver()) && Date.now() < until) await sleep(LOOK_MS);

  const tracked = recorded.flatMap(({ events }) => events).length;
  const { delivered, dead_lettered } = relay.totals();
  const faults = [...trail.faults(), ...recorded.flatMap(({ errors }) => errors), ...consumer.unwanted];
  if (delivered !== tracked || dead_lettered > 0)
    faults.push(
      `${tracked} events were tracked, the relay counts ${delivered} as delivered and ${dead_lettered} as dead-lettered`,
    );
  if (faults.length > 0) throw new Error(`${setting.name}: expected each event exactly once, got\n${faults.join("\n")}`);
  return recorded.flatMap(({ kind, events }) => {
    const counted = events.filter(({ at }) => at >= began + WARM_UP_MS);
    return trail.moments(counted.map(({ id }) => id)).map((moments) => ({ kind, times: stageTimes(moments) }));
  });
}
