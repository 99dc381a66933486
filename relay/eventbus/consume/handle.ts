/** One message through its handler: tried again with backoff, then into the dead letters, so that it never blocks what comes behind it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { BusRecord } from "@sightline/bus/port";
import type { Delivery } from "@sightline/bus/subscriber";
import type { Numbers } from "@sightline/bus/topic-numbers";
import { jsonObject } from "../../lib/json-object.ts";
import type { ReceivedEvent } from "../port/events.ts";
import type { Handler } from "../port/handler.ts";
import type { Death } from "../publish/dead-letter.ts";
import type { StatsKeeper } from "./stats.ts";

interface HandleOptions {
  handler: Handler;
  /** Events for which it is false are acknowledged and not handled. */
  filter: ((event: ReceivedEvent) => boolean) | undefined;
  channelOf: (topic: string) => string;
  numbers: Pick<Numbers, "attempts" | "initialDelayMs" | "maxDelayMs" | "backoffFactor">;
  /** Puts a record into the dead letters; undefined where there are none: then the handler is tried until it succeeds. Rejects while the bus cannot be had. */
  bury: ((record: BusRecord, death: Death) => Promise<void>) | undefined;
  /** Of a lane; aborted when the lane goes. */
  signalOf: (lane: string) => AbortSignal;
  stats: StatsKeeper;
  onError: (error: Error, delivery: Delivery, attempt: number) => void;
}

/** Waits; false where the lane goes meanwhile. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal, ref: false }).catch(() => false);
}

/** Makes what handles one delivery; undefined where it has ended already. It acknowledges what has ended, and nothing else. */
export function createHandle(options: HandleOptions): (delivery: Delivery) => Promise<void> | undefined {
  const { handler, filter, channelOf, numbers, bury, signalOf, stats, onError } = options;
  const end = ({ ack }: Delivery): undefined => {
    stats.processed();
    ack();
  };
  const backoff = (attempt: number): number =>
    Math.min(numbers.maxDelayMs, numbers.initialDelayMs * numbers.backoffFactor ** (attempt - 1));

  const kill = async (delivery: Delivery, death: Death, signal: AbortSignal): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await bury?.(delivery.record, death);
        stats.deadLettered();
        return end(delivery);
      } catch (error) {
        onError(error as Error, delivery, attempt);
        if (!(await pause(backoff(attempt), signal))) return;
      }
    }
  };
  /** The filter is asked at each try: what it could not be asked of is not handled for that. */
  const call = (event: ReceivedEvent, { record }: Delivery, attempt: number, signal: AbortSignal) =>
    filter !== undefined && !filter(event)
      ? undefined
      : handler(event, { channel: channelOf(record.topic), record, attempt, signal });
  /** After a first failure: tries again, and gives up at last. */
  const goOn = async (event: ReceivedEvent, delivery: Delivery, firstError: unknown, signal: AbortSignal): Promise<void> => {
    const firstSeenAt = new Date().toISOString();
    let error = firstError as Error;
    for (let attempt = 1; !signal.aborted; attempt++) {
      onError(error, delivery, attempt);
      if (attempt >= numbers.attempts && bury !== undefined) {
        stats.failed(0);
        const death = { type: "poison", code: "handler_failed", message: String(error?.message ?? error) } as const;
        return kill(delivery, { ...death, attempts: attempt, firstSeenAt, details: { lane: delivery.lane } }, signal);
      }
      stats.failed(backoff(attempt) / 1000);
      if (!(await pause(backoff(attempt), signal))) return;
      stats.retrying();
      try {
        await call(event, delivery, attempt + 1, signal);
        return end(delivery);
      } catch (thrown) {
        error = thrown as Error;
      }
    }
  };
  const awaiting = async (doing: Promise<void>, event: ReceivedEvent, delivery: Delivery, signal: AbortSignal): Promise<void> => {
    try {
      await doing;
    } catch (error) {
      return goOn(event, delivery, error, signal);
    }
    return end(delivery);
  };

  return (delivery) => {
    const { record } = delivery;
    const signal = signalOf(delivery.lane);
    // What has no value says that its key is gone: there is no event in it.
    if (record.isTombstone) return end(delivery);
    const event: ReceivedEvent | undefined = jsonObject(record.value.toString());
    if (event === undefined) {
      const death = { type: "undecodable", code: "undecodable", message: "expected a JSON object", attempts: 0 } as const;
      const error = new Error("expected a JSON object");
      onError(error, delivery, 1);
      stats.failed(0);
      if (bury === undefined) return end(delivery);
      return kill(delivery, { ...death, firstSeenAt: new Date().toISOString(), details: { lane: delivery.lane } }, signal);
    }
    try {
      const doing = call(event, delivery, 1, signal);
      if (doing === undefined) return end(delivery);
      return awaiting(doing, event, delivery, signal);
    } catch (error) {
      return goOn(event, delivery, error, signal);
    }
  };
}
