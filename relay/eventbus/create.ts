/** Makes an EventBus out of the settings. */
import type { AdapterBus } from "@sightline/bus/adapter";
import { PublishError } from "@sightline/bus/port";
import { statusOf } from "@sightline/bus/breaker-status";
import { createBus } from "@sightline/bus/create";
import { createPublishPolicy } from "@sightline/bus/policy";
import type { PolicyOptions } from "@sightline/bus/policy-settings";
import { type Logger, pino } from "pino";
import { within } from "../lib/within.ts";
import { type Channels, createChannels, topicsOf } from "./publish/channels.ts";
import { disabledEventBus } from "./disabled.ts";
import { UsageError, ValidationError } from "./port/errors.ts";
import type { EventBus, NewEvent, PublishedEvent } from "./event-bus.ts";
import { healthOf } from "./health.ts";
import { openLocalQueue } from "./publish/local-queue.ts";
import { createOutgoing, type Mode } from "./publish/outgoing.ts";
import { createPublisher } from "./publish/publisher.ts";
import { createValidate, type EventRegistry } from "./publish/validate.ts";
import { readEventBusConfig } from "./settings.ts";
import { createSubscriptions } from "./subscriptions.ts";

/** How long the bus may take to answer whether it is there, milliseconds. */
const PING_MS = 5_000;

/** What an EventBus is made of. */
export interface EventBusOptions {
  /** Where the settings are read: docs/settings.md. @default process.env */
  env?: NodeJS.ProcessEnv;
  /** Schema of each event_type. Required unless EVENT_BUS_VALIDATE_ON_PUBLISH is false. */
  events?: EventRegistry;
  /** Channels that `initializeTopics` makes ready; others are when they are first used. */
  channels?: readonly string[];
  /** Retry and breaker of single channels, as TOPIC_POLICIES has them. */
  policies?: PolicyOptions["topicPolicies"];
  /** The bus, in the place of the one that EVENT_PUBLISHER names: for tests, that of `memory`. */
  bus?: AdapterBus;
  log?: Logger;
}

/** Makes it; nothing is connected before it is used. Rejects with a ConfigError where settings are wrong or a package is missing. */
export async function createEventBus(options: EventBusOptions = {}): Promise<EventBus> {
  const { env = process.env, log = pino({ name: "eventbus" }), policies = {} } = options;
  const { bus: config, settings } = readEventBusConfig(env);
  if (config.disabledBy !== undefined) return disabledEventBus(log, config.disabledBy);
  if (settings.validateOnPublish && options.events === undefined) {
    throw new ValidationError("unregistered_type", "no EventBus", [
      { path: "events", message: "expected the schema of each event_type, or EVENT_BUS_VALIDATE_ON_PUBLISH=false" },
    ]);
  }
  const bus = options.bus ?? (await createBus(config));
  const prefixed = Object.entries(policies).map(([name, own]) => [config.topics.prefix + name, own] as const);
  const numbers: PolicyOptions = {
    ...config.policy,
    criticalTopics: [...config.policy.criticalTopics],
    topicPolicies: { ...config.policy.topicPolicies, ...Object.fromEntries(prefixed) },
  };
  const stop = new AbortController();
  const channels = createChannels({
    names: config.topics,
    strict: settings.topicNames === "strict",
    known: [...(options.channels ?? []), ...Object.keys(policies)],
    open: async (topics) => void (await bus.open(topics)),
  });
  const policy = createPublishPolicy({ bus: readied(bus, channels), numbers, log, breakers: "topics", signal: stop.signal });
  const publisher = createPublisher({ policy, deadLetters: config.deadLetters });
  const subscriptions = createSubscriptions({
    bus,
    channels,
    publisher,
    settings,
    log,
    policy: numbers,
    deadLetters: config.deadLetters,
  });
  const queue =
    settings.localQueue === undefined
      ? undefined
      : openLocalQueue({
          file: settings.localQueue,
          most: settings.localQueueMost,
          publisher,
          onRefused: ({ name }, error) => log.error({ channel: name, err: error }, "an event of the local queue was refused"),
          onFault: (name, error) =>
            log.error(
              { channel: name, err: error },
              "events of the local queue cannot be sent: they stay in it, and are tried again",
            ),
        });
  const outgoing = createOutgoing({
    publisher,
    queue,
    channels,
    validate: settings.validateOnPublish ? createValidate(options.events ?? {}) : undefined,
  });
  let closing: Promise<void> | undefined;
  let isClosed = false;

  const send = async (
    name: string,
    events: readonly NewEvent[],
    key: string | undefined,
    mode: Mode,
  ): Promise<PublishedEvent[]> => {
    if (isClosed) throw new UsageError("closed", "the EventBus is closed");
    return outgoing.send(channels.get(name), events, key, mode);
  };
  const breakerStatus = () => {
    const names = new Map(channels.all().map(({ topic, name }) => [topic, name]));
    return Object.fromEntries(policy.breakers().map((view) => [names.get(view.name) ?? view.name, statusOf(view)]));
  };
  const checkConnection = async (): Promise<boolean> => {
    if (closing !== undefined) return false;
    const late = () => new Error(`the bus did not answer within ${PING_MS} ms`);
    return within(PING_MS, bus.open([]) as Promise<unknown>, late).then(
      () => true,
      () => false,
    );
  };
  const closeAll = async (): Promise<void> => {
    // Handlers that have begun may publish to their end; and what fails to end leaves nothing else open.
    const ends = await Promise.allSettled([subscriptions.close()]);
    isClosed = true;
    await outgoing.idle();
    ends.push(...(await Promise.allSettled([queue?.close()])));
    stop.abort();
    await bus.close();
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };

  return {
    publish: async (channel, event, { partitionKey } = {}) => (await send(channel, [event], partitionKey, "once"))[0]!,
    publishStream: async (stream, event, { partitionKey } = {}) => (await send(stream, [event], partitionKey, "durably"))[0]!,
    publishBatch: async (channel, events, { partitionKey } = {}) => send(channel, events, partitionKey, "durably"),
    subscribe: async (channel, handler, { filter } = {}) =>
      subscriptions.add([channels.get(channel)], handler, { group: null, ...(filter ? { filter } : {}) }),
    subscribeStream: async (streams, handler, wanted = {}) =>
      subscriptions.add([streams].flat().map(channels.get), handler, wanted),
    unsubscribe: (id) => subscriptions.remove(id),
    lag: async (id) => subscriptions.get(id)?.lag(),
    markCritical: (channel) => void numbers.criticalTopics.push(channels.get(channel).topic),
    async initializeTopics({ autoCreate = true } = {}) {
      if (closing !== undefined) throw new UsageError("closed", "the EventBus is closed");
      if (autoCreate) await channels.ready(topicsOf(channels.all()));
      else await bus.open([]);
    },
    breakerStatus,
    checkConnection,
    healthCheck: async () =>
      healthOf({
        ping: await checkConnection(),
        breakers: breakerStatus(),
        consumers: subscriptions.stats(),
        bus: bus.name,
        isOpen: closing === undefined,
        sent: publisher.sent,
        deadLetters: config.deadLetters,
        validates: settings.validateOnPublish,
        critical: channels.all().flatMap(({ topic, name }) => (numbers.criticalTopics.includes(topic) ? [name] : [])),
        invalid: outgoing.invalid,
        queued: queue?.size() ?? 0,
      }),
    close: () => (closing ??= closeAll()),
  };
}

/** A bus whose topics are made ready before something is published to them. */
function readied(bus: AdapterBus, channels: Channels): AdapterBus {
  return {
    ...bus,
    async publish(batch) {
      try {
        await channels.ready([...new Set(batch.records.map(({ topic }) => topic))]);
      } catch (cause) {
        const denied = cause instanceof PublishError ? cause.denied : undefined;
        throw new PublishError("absent", (cause as Error).message, { cause, denied });
      }
      await bus.publish(batch);
    },
  };
}
