/** What every event has on the bus: what is missing is added, what is there is kept. */
import type { BusRecord } from "@sightline/bus/port";
import { ValidationError } from "../port/errors.ts";
import type { NewEvent, PublishedEvent } from "../port/events.ts";

/** Adds event_id, timestamp and version where they are missing; these three come first. Throws a {@link ValidationError} without event_type. */
export function enrich(event: NewEvent): PublishedEvent {
  if (typeof event !== "object" || event === null) throw invalid("", `expected an object, got ${shown(event)}`);
  const { event_id = crypto.randomUUID(), event_type, timestamp = new Date().toISOString(), version = 1, ...fields } = event;
  const faults = [
    ...textFault("event_type", event_type),
    ...textFault("event_id", event_id),
    ...(Number.isNaN(Date.parse(timestamp))
      ? [{ path: "timestamp", message: `expected an ISO 8601 time, got ${shown(timestamp)}` }]
      : []),
    ...(Number.isSafeInteger(version) && version > 0
      ? []
      : [{ path: "version", message: `expected a whole number from 1, got ${shown(version)}` }]),
  ];
  if (faults.length > 0) throw new ValidationError("invalid_event", "the event was not sent", faults);
  return { event_id, event_type, timestamp, version, ...fields };
}

function textFault(path: string, value: unknown) {
  return typeof value === "string" && value !== "" ? [] : [{ path, message: `expected a text, got ${shown(value)}` }];
}

function invalid(path: string, message: string): ValidationError {
  return new ValidationError("invalid_event", "the event was not sent", [{ path, message }]);
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return `a ${typeof value}`;
  }
}

/** The text of an event. Throws a {@link ValidationError} where it has none, or is no object. */
function textOf(event: PublishedEvent): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(event);
  } catch (error) {
    throw invalid("", `expected what JSON can say, got: ${(error as Error).message.split("\n")[0]}`);
  }
  if (typeof event["toJSON"] === "function" || text === undefined)
    throw invalid("toJSON", "expected a JSON object, got a function");
  return text;
}

/**
 * The record of an event; its key decides its partition. Throws a {@link ValidationError} where it cannot be one.
 * @default key: the event's id, so that nothing is in any order
 */
export function recordOf(topic: string, event: PublishedEvent, partitionKey?: string): BusRecord {
  const { event_id, event_type, tenant_id, traceparent } = event;
  const key = partitionKey ?? event_id;
  if (typeof key !== "string") throw invalid("partitionKey", `expected a text, got ${shown(key)}`);
  return {
    topic,
    key,
    value: Buffer.from(textOf(event)),
    headers: {
      event_id,
      event_type,
      "content-type": "application/json",
      ...(typeof tenant_id === "string" ? { tenant_id } : {}),
      ...(typeof traceparent === "string" ? { traceparent } : {}),
    },
  };
}
