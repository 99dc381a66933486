/** What is behind the network: the collector in workerd with its queue, and a relay in a process of its own, which puts events on a bus. */
import type { Collector, CollectorOptions } from "../../../dev/collector.ts";
import { HIGH_LIMITS } from "../../../dev/collector.ts";
import { startRelayProcess } from "../../../dev/relay-process.ts";
import { untilTaking } from "../../../dev/until-taking.ts";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import { ENVELOPE_TYPES } from "../../../relay/bus/port/topics.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import { dataFolder } from "../../e2e/stack-process.ts";

const RELAY_TOKEN = "token-of-the-matrix";

/** The whole way from the collector to the bus. */
export interface Way {
  /** Address of the collector. */
  url: string;
  /** What is on the bus, in its order. */
  envelopes: readonly Envelope[];
  close(): Promise<void>;
}

/** Starts it on a bus of its own; `startCollector` is how a collector is started where this is used. */
export async function startWay(startCollector: (options: CollectorOptions) => Promise<Collector>): Promise<Way> {
  const { dataDir, remove } = dataFolder();
  const env = { EVENT_PUBLISHER: "local", DATA_DIR: dataDir, RELAY_TOKEN, RELAY_PORT: "0", LOG_LEVEL: "warn" };
  const relay = await startRelayProcess({ env });
  await untilTaking(relay.url, console.error, new AbortController().signal);
  const bus = followBus(dataDir);
  const collector = await startCollector({ relayUrl: relay.url, relayToken: RELAY_TOKEN, limits: HIGH_LIMITS });
  return {
    url: collector.url,
    envelopes: bus.envelopes,
    async close() {
      await collector.close();
      await relay.stop();
      await bus.stop();
      remove();
    },
  };
}

/** Reads the bus as any reader does, and goes on until it is stopped. */
function followBus(dataDir: string): { envelopes: Envelope[]; stop: () => Promise<void> } {
  const envelopes: Envelope[] = [];
  const reading = new AbortController();
  const topics = [...ENVELOPE_TYPES];
  const bus = createLocalBus({ dataDir, dlqSuffix: ".dlq" });
  const read = async (): Promise<void> => {
    for await (const { value } of bus.read({ topics, follow: true, signal: reading.signal })) {
      envelopes.push(JSON.parse(value.toString()) as Envelope);
    }
  };
  const done = read();
  return {
    envelopes,
    stop() {
      reading.abort();
      return done;
    },
  };
}
