/** The EventBus: what a service publishes with and subscribes by, whichever bus is under it. */
import type { NewEvent, PublishedEvent, ReceivedEvent } from "./port/events.ts";
import type { Handler } from "./port/handler.ts";

import type { BreakerStatus } from "@sightline/bus/breaker-status";
import type { Health } from "./health.ts";
export type { NewEvent, PublishedEvent } from "./port/events.ts";

/** How an event is published. */
export interface PublishOptions {
  /** Events of one key are in order, and handled one after the other. @default the event's id: in no order */
  partitionKey?: string;
}

/** What a subscriber may want otherwise. */
export interface SubscribeOptions {
  /** Events for which it is false are not handled. */
  filter?: (event: ReceivedEvent) => boolean;
}

/** What a subscriber of a stream may want otherwise. */
export interface StreamOptions extends SubscribeOptions {
  /** Who shares the work. @default the group of the worker's type, else KAFKA_CONSUMER_GROUP_ID */
  group?: string;
  /** Name of this member, for those who look. @default host and process */
  consumer?: string;
  /** Messages handed over at a time. @default EVENT_BUS_SUB_BATCH_SIZE */
  batchSize?: number;
  /** Milliseconds that a fetch waits for messages. @default EVENT_BUS_SUB_BLOCK_MS */
  blockMs?: number;
  /** Where a new group begins: at the first message, or behind the last. @default KAFKA_CONSUMER_AUTO_OFFSET_RESET */
  fromBeginning?: boolean;
  /** Keys that are handled side by side, at most. @default batchSize */
  concurrency?: number;
  /** Tries of the handler before a message goes to the dead letters. @default those of the topic's retry policy */
  maxAttempts?: number;
}

/** Publishes and subscribes. Channels are names of topics, without the prefix of the settings. */
export interface EventBus {
  /**
   * Publishes once, to whoever is there: at most once, for notifications. Resolves with the event as it was sent, rejects where the bus did not
   * confirm it. Rejects with a ValidationError, CircuitOpenError or PublishError.
   */
  publish(channel: string, event: NewEvent, options?: PublishOptions): Promise<PublishedEvent>;
  /**
   * Publishes durably: tried again within the settings' bounds. Resolves once the bus has it, or once it is in the local queue, where there is one.
   * Rejects with a ValidationError, CircuitOpenError or PublishError.
   */
  publishStream(stream: string, event: NewEvent, options?: PublishOptions): Promise<PublishedEvent>;
  /** The same for many; all are checked before any is sent. Rejects with the error of the first that was not published. */
  publishBatch(channel: string, events: readonly NewEvent[], options?: PublishOptions): Promise<PublishedEvent[]>;
  /** Handles every event of a channel from now on, whoever else does. Resolves with an id for {@link EventBus.unsubscribe}. */
  subscribe(channel: string, handler: Handler, options?: SubscribeOptions): Promise<string>;
  /** Handles the events of a stream, shared with the other members of the group: each at least once, and again where a handler failed. */
  subscribeStream(stream: string | readonly string[], handler: Handler, options?: StreamOptions): Promise<string>;
  /** Takes no more, waits for what is being handled, and leaves the group. False where there is no such subscription. */
  unsubscribe(id: string): Promise<boolean>;
  /** Has a channel tried harder (5 attempts; a breaker of 3 failures and 15 s); before its first publish. */
  markCritical(channel: string): void;
  /** Makes ready the channels that are known and their dead letters; with `autoCreate` those that are missing are created. */
  initializeTopics(options?: { autoCreate?: boolean }): Promise<void>;
  healthCheck(): Promise<Health>;
  /** Breakers, by channel. */
  breakerStatus(): Record<string, BreakerStatus>;
  /** Whether the bus answers. */
  checkConnection(): Promise<boolean>;
  /** Messages of a subscription that its group has not acknowledged, by partition; undefined where the bus cannot tell. */
  lag(id: string): Promise<ReadonlyMap<string, number> | undefined>;
  /**
   * Hands over no more, and resolves when all that was begun has ended: handlers may publish until they have, and have EVENT_BUS_DRAIN_MS. What is
   * published after that, or subscribed to, rejects with a UsageError.
   */
  close(): Promise<void>;
}
