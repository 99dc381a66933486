/** What a bus that cannot be read hands to a subscriber of its own. */
import type { AdapterBus } from "../../../relay/bus/port/adapter.ts";
import type { StoredRecord } from "../../../relay/bus/port/bus.ts";
import type { SubscribeOptions } from "../../../relay/bus/port/subscriber.ts";
import { recordingSink } from "./recording-sink.ts";

/** How a subscriber is made that alone gets everything from now on. */
export const alone = (topics: string[]): SubscribeOptions => ({
  topics,
  group: undefined,
  consumer: "of-the-tests",
  from: "latest",
  batchSize: 100,
  blockMs: 200,
  commitEvery: 100,
  commitIntervalMs: 5_000,
  pollTimeoutMs: 5_000,
  drainMs: 1_000,
});

/** Subscribes to topics, alone or as the one member of a group, and shows what came of some of them. */
export async function hear(bus: AdapterBus, topics: string[], group?: string) {
  if (bus.subscribe === undefined) throw new Error(`expected a bus that can be read or subscribed to, got ${bus.name}`);
  const sink = recordingSink();
  const subscription = await bus.subscribe({ ...alone(topics), group }, sink);
  return {
    readNow: async (only: string[]): Promise<StoredRecord[]> =>
      sink.taken.map(({ record }) => record).filter(({ topic }) => only.includes(topic)),
    stop: () => subscription.close(),
  };
}
