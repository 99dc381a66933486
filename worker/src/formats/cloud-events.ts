/**
 * CloudEvents 1.0 in the JSON format and over HTTP: `data` is the event, `id` its event_id, `time` its timestamp where it has none, and
 * `type` its event_type where it has none. Other attributes and extensions are not kept.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
import { fault } from "../errors/fault.ts";
import { isRecord } from "../lib/is-record.ts";
import { malformed, MalformedEvent } from "./malformed-event.ts";

/** The event that a CloudEvent of the JSON format carries, or why it carries none. */
export function fromCloudEvent(sent: unknown): unknown {
  if (!isRecord(sent)) return malformed("a CloudEvent is a JSON object");
  const { specversion, id, source, type, time, data, data_base64 } = sent;
  if (specversion !== "1.0") return new MalformedEvent(fault("invalid_field", ["specversion"], 'expected "1.0"'), id);
  if (!isText(id)) return malformed("a CloudEvent has an id: it is the event_id");
  if (!isText(source)) return malformed("a CloudEvent has a source", id);
  if (!isText(type)) return malformed("a CloudEvent has a type: it is the event_type, where data has none", id);
  if (data_base64 !== undefined) return malformed("expected data, a JSON object with the event's fields, and no data_base64", id);
  if (!isRecord(data)) return malformed("expected data, a JSON object with the event's fields", id);
  const { event_id = id, event_type = type, timestamp = utcTime(time) } = data;
  if (event_id !== id)
    return new MalformedEvent(fault("invalid_event_id", ["event_id"], "data has another event_id than the CloudEvent's id"), id);
  // Not copied: that takes longer than all else where its members are many.
  return Object.assign(data, { event_id, event_type }, timestamp !== undefined && { timestamp });
}

/** The attributes that a request carries in its headers, where it is a CloudEvent in binary mode; undefined where it is none. */
export function binaryAttributes(header: (name: string) => string | undefined): Record<string, unknown> | undefined {
  if (header("ce-specversion") === undefined) return undefined;
  const attribute = (name: string): [string, string | undefined] => [name, unescape(header(`ce-${name}`))];
  return Object.fromEntries(
    ["specversion", "id", "source", "type", "time"].map(attribute).filter(([, value]) => value !== undefined),
  );
}

/** A time in UTC, the same instant to the same digit: CloudEvents has times of RFC 3339 with any offset, and the wire UTC alone. */
function utcTime(time: unknown): unknown {
  const parts = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d{1,9})?([+-]\d\d:\d\d)$/.exec(String(time));
  if (parts === null) return time;
  const instant = new Date(`${parts[1]}${parts[3]}`);
  return Number.isNaN(instant.getTime()) ? time : `${instant.toISOString().slice(0, 19)}${parts[2] ?? ""}Z`;
}

/** Header values are percent-encoded where they are no printable ASCII. */
function unescape(value: string | undefined): string | undefined {
  try {
    return value && decodeURIComponent(value);
  } catch {
    return value;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
