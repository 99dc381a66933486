/** The subscriptions of an EventBus. */
import { hostname } from "node:os";
import process from "node:process";
import type { AdapterBus } from "@sightline/bus/adapter";
import type { Subscription } from "@sightline/bus/subscriber";
import type { PolicyOptions } from "@sightline/bus/policy-settings";
import { topicNumbers } from "@sightline/bus/topic-numbers";
import type { Logger } from "pino";
import { type Channels, topicsOf } from "./publish/channels.ts";
import { type Consumer, createConsumer } from "./consume/consumer.ts";
import type { Handler } from "./port/handler.ts";
import type { ConsumerStats } from "./consume/stats.ts";
import { UsageError } from "./port/errors.ts";
import type { StreamOptions } from "./event-bus.ts";
import { deadLetterOf } from "./publish/dead-letter.ts";
import type { Channel } from "./port/channel.ts";
import type { Publisher } from "./publish/publisher.ts";
import type { EventBusSettings } from "./settings.ts";
import { WORKER_GROUPS } from "./workers.ts";

/** Subscriptions by id. */
export interface Subscriptions {
  /** Subscribes; a group of `null` is none: everything from now on. */
  add(
    channels: readonly Channel[],
    handler: Handler,
    options: Omit<StreamOptions, "group"> & { group?: string | null },
  ): Promise<string>;
  remove(id: string): Promise<boolean>;
  get(id: string): Subscription | undefined;
  /** By `channel:group`. */
  stats(): Record<string, ConsumerStats>;
  close(): Promise<void>;
}

interface SubscriptionsOptions {
  bus: AdapterBus;
  channels: Channels;
  publisher: Publisher;
  settings: EventBusSettings;
  policy: PolicyOptions;
  deadLetters: boolean;
  log: Logger;
}

interface Running {
  name: string;
  consumer: Consumer;
  subscription: Subscription;
}

/** Makes it. */
export function createSubscriptions(parts: SubscriptionsOptions): Subscriptions {
  const { bus, channels, settings } = parts;
  const running = new Map<string, Running>();
  /** What begins or ends just now. */
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;
  const during = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };
  const checkOpen = (): void => {
    if (isClosed) throw new UsageError("closed", "the EventBus is closed");
  };
  const end = async (id: string, { subscription, consumer }: Running): Promise<void> => {
    running.delete(id);
    await subscription.close();
    consumer.stopped();
  };

  const endAll = () => Promise.allSettled([...running].map(([id, one]) => end(id, one)));
  const add: Subscriptions["add"] = async (wanted, handler, { group = groupOf(settings), ...options }) => {
    checkOpen();
    checkOptions(wanted, options);
    if (bus.subscribe === undefined) throw new UsageError("no_subscriptions", `${bus.name} cannot be subscribed to`);
    await channels.ready(topicsOf(wanted));
    checkOpen();
    const id = crypto.randomUUID();
    const consumer = consumerOf(parts, wanted, handler, options);
    const { batchSize, pollTimeoutMs, commitEvery, commitIntervalMs, drainMs } = settings;
    const full = group === null ? undefined : fullGroup(settings, group);
    const subscription = await bus.subscribe(
      {
        topics: [...new Set(wanted.map(({ topic }) => topic))],
        group: full,
        consumer: options.consumer ?? `${hostname()}-${process.pid}-${id.slice(0, 8)}`,
        from: group === null ? "latest" : fromOf(settings, options.fromBeginning),
        batchSize: options.batchSize ?? batchSize,
        blockMs: options.blockMs ?? settings.blockMs,
        pollTimeoutMs: Math.max(pollTimeoutMs, (options.blockMs ?? 0) + 5_000),
        commitEvery,
        commitIntervalMs,
        drainMs,
      },
      consumer,
    );
    running.set(id, { name: `${wanted.map(({ name }) => name).join(",")}:${full ?? id}`, consumer, subscription });
    return id;
  };

  return {
    add: (...args) => during(add(...args)),
    async remove(id) {
      const one = running.get(id);
      if (one === undefined) return false;
      await during(end(id, one));
      return true;
    },
    get: (id) => running.get(id)?.subscription,
    stats: () => Object.fromEntries([...running.values()].map(({ name, consumer }) => [name, consumer.stats()])),
    async close() {
      isClosed = true;
      const [ends] = await Promise.all([endAll(), Promise.allSettled(underWay)]);
      // What was being subscribed to may be a subscription by now.
      const failed = [...ends, ...(await endAll())].find((one) => one.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    },
  };
}

function consumerOf(
  { bus, publisher, settings, policy, deadLetters, log }: SubscriptionsOptions,
  wanted: readonly Channel[],
  handler: Handler,
  { filter, batchSize = settings.batchSize, concurrency = batchSize, maxAttempts }: StreamOptions,
): Consumer {
  const byTopic = new Map(wanted.map((channel) => [channel.topic, channel]));
  // Dead letters of dead letters would come back to the same handler for ever: a bus that keeps what is acknowledged has them already, and on
  // another they are tried until they succeed.
  const isOfTheDead = bus.read === undefined && wanted.some(isGrave);
  const numbers = topicNumbers(policy, wanted[0]!.topic);
  return createConsumer({
    handler,
    filter,
    channelOf: (topic) => byTopic.get(topic)?.name ?? topic,
    numbers: { ...numbers, attempts: maxAttempts ?? numbers.attempts },
    bury:
      !deadLetters || isOfTheDead
        ? undefined
        : async (record, death) => {
            const channel = byTopic.get(record.topic)!;
            if (isGrave(channel)) return;
            const grave = { name: channel.dlq, topic: channel.dlq, dlq: channel.dlq };
            const [error] = (await publisher.send(grave, [deadLetterOf(channel.dlq, record, death)])).values();
            if (error !== undefined) throw error;
          },
    concurrency,
    room: Math.max(batchSize, concurrency),
    drainMs: settings.drainMs,
    onError(error, { record, lane }, attempt) {
      const { topic, offset } = record;
      log.warn({ topic, lane, offset: String(offset), attempt, err: error }, "a message was not handled");
    },
    onFault(error) {
      if (error === undefined) log.info({ bus: bus.name }, "subscription is back");
      else log.error({ bus: bus.name, err: error }, "subscription has a fault: trying again");
    },
  });
}

/** Whether it holds dead letters itself. */
function isGrave({ topic, dlq }: Channel): boolean {
  return topic === dlq;
}

/** What would wait for ever is told at once. */
function checkOptions(wanted: readonly Channel[], { batchSize, blockMs, concurrency, maxAttempts }: StreamOptions): void {
  if (wanted.length === 0) throw new UsageError("invalid_option", "expected a stream, got none");
  for (const [name, value] of Object.entries({ batchSize, blockMs, concurrency, maxAttempts })) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new UsageError("invalid_option", `${name}: expected a whole number from 1, got ${value}`);
  }
}

function groupOf({ workerType, groupId }: EventBusSettings): string {
  return workerType === undefined ? groupId : WORKER_GROUPS[workerType];
}

function fullGroup({ groupIdPrefix }: EventBusSettings, group: string): string {
  return groupIdPrefix === "" ? group : `${groupIdPrefix}.${group}`;
}

function fromOf({ offsetReset }: EventBusSettings, fromBeginning: boolean | undefined): "earliest" | "latest" {
  if (fromBeginning === undefined) return offsetReset;
  return fromBeginning ? "earliest" : "latest";
}
