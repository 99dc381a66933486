/** Every error of the EventBus: one closed table of codes, and a class for each thing that a caller can do about it. */

/** Code -> what it means. */
export const EVENT_BUS_ERRORS = {
  circuit_open: "the channel's breaker is open: the bus is not asked until it has rested",
  invalid_event: "the event is not as its schema says, or lacks event_type; it was not sent",
  unregistered_type: "no schema is registered for the event_type; it was not sent",
  invalid_topic: "the topic's name follows neither form",
  publish_failed: "the bus did not confirm the event within the attempts",
  not_allowed: "this service lacks a right on the bus, which the message names; nothing is wrong with the event",
  topic_unavailable: "the bus has no such topic",
  record_too_large: "the event is larger than the bus takes",
  record_refused: "the bus refuses the event for good",
  queue_full: "the breaker is open, and the local queue is full",
  no_subscriptions: "the bus cannot be subscribed to in this way",
  invalid_option: "an option is not as it has to be",
  closed: "the EventBus is closed",
} as const;

/** Codes of errors. */
export type EventBusErrorCode = keyof typeof EVENT_BUS_ERRORS;

/** What all of them are. */
export abstract class EventBusError extends Error {
  abstract readonly code: EventBusErrorCode;
}

/** The channel's breaker is open. The event was not sent; it may be published again after the rest. */
export class CircuitOpenError extends EventBusError {
  override readonly name = "CircuitOpenError";
  override readonly code: "circuit_open" | "queue_full";
  readonly channel: string;
  /** Seconds until the breaker lets a call through. */
  readonly retryAfterSeconds: number;

  constructor(channel: string, retryAfterSeconds: number, reason: string, code: "circuit_open" | "queue_full" = "circuit_open") {
    super(`${channel}: ${EVENT_BUS_ERRORS[code]}, ${retryAfterSeconds} s more (${reason})`);
    this.code = code;
    this.channel = channel;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What is wrong with one field. */
export interface FieldFault {
  /** Field, and fields within it, separated by dots; empty where it is the whole event. */
  path: string;
  message: string;
}

/** An event, or a name, is not as it has to be. Nothing was sent: to send it again as it is would fail again. */
export class ValidationError extends EventBusError {
  override readonly name = "ValidationError";
  override readonly code: "invalid_event" | "unregistered_type" | "invalid_topic";
  readonly faults: readonly FieldFault[];

  constructor(code: ValidationError["code"], what: string, faults: readonly FieldFault[]) {
    super(`${what}: ${faults.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ")}`);
    this.code = code;
    this.faults = faults;
  }
}

/** The bus did not take an event. */
export class PublishError extends EventBusError {
  override readonly name = "PublishError";
  override readonly code: "publish_failed" | "not_allowed" | "topic_unavailable" | "record_too_large" | "record_refused";
  readonly channel: string;
  /** `unknown`: it may be on the bus all the same; published again under its event_id it may be there twice. */
  readonly outcome: "absent" | "unknown";
  /** It is in the channel's dead letters. */
  readonly deadLettered: boolean;

  constructor(
    channel: string,
    message: string,
    { code = "publish_failed", outcome = "absent", deadLettered = false, ...options }: Partial<PublishError> & ErrorOptions = {},
  ) {
    super(`${channel}: ${message}${deadLettered ? "; it is in the dead letters" : ""}`, options);
    this.code = code;
    this.channel = channel;
    this.outcome = outcome;
    this.deadLettered = deadLettered;
  }
}

/** The EventBus is used as it cannot be used: it is closed, or its bus has no such subscriptions. */
export class UsageError extends EventBusError {
  override readonly name = "UsageError";
  override readonly code: "closed" | "no_subscriptions" | "invalid_option";

  constructor(code: UsageError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const LATER: ReadonlySet<string> = new Set<EventBusErrorCode>(["circuit_open", "publish_failed", "not_allowed"]);

/** Whether the bus may take at another time what it did not take now. */
export function isForLater(error: Error | undefined): boolean {
  return error instanceof EventBusError && LATER.has(error.code);
}
