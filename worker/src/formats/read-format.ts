/** From a body's text to what a frame is read from: by media type, the wire's own batch or event, lines of JSON, or CloudEvents. */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { RequestError } from "../errors/errors.ts";
import { countedEvents } from "./counted-events.ts";
import { isBatch } from "./is-batch.ts";
import { isRecord } from "../lib/is-record.ts";
import { markLossy } from "../lib/mark-lossy.ts";
import { binaryAttributes, fromCloudEvent } from "./cloud-events.ts";
import { malformed } from "./malformed-event.ts";

/** How a body says its events. */
export type Format = "json" | "lines" | "cloudevent" | "cloudevents";

const FORMATS: Record<string, Format> = {
  "text/plain": "json",
  "application/json": "json",
  "application/x-ndjson": "lines",
  "application/ndjson": "lines",
  "application/jsonl": "lines",
  "application/cloudevents+json": "cloudevent",
  "application/cloudevents-batch+json": "cloudevents",
};

/** The format of a media type in lower case; undefined where there is none. */
export function formatOf(type: string): Format | undefined {
  return Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
}

/** Reads a body; `header` gives those of the request. Throws `unreadable_body`, `invalid_batch`, `empty_batch`, `too_many_events`. */
export function readFormat(format: Format, text: string, header: (name: string) => string | undefined): unknown {
  if (format === "lines") return readLines(text);
  const body = parseJson(text);
  if (format === "cloudevent") return fromCloudEvent(body);
  if (format === "json") {
    const attributes = binaryAttributes(header);
    return attributes === undefined ? body : fromBinary(attributes, body);
  }
  if (!Array.isArray(body)) throw new RequestError("invalid_batch", { message: "expected a list of CloudEvents" });
  return countedEvents(body, WIRE_LIMITS.events).map(fromCloudEvent);
}

/** JSON, whose numbers that would change are infinite. Throws `unreadable_body`. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(markLossy(text));
  } catch {
    throw new RequestError("unreadable_body");
  }
}

/** A line that is not JSON is refused alone. Blank lines are skipped. */
function readLines(text: string): unknown[] {
  const lines = text.split("\n");
  const filled = countedEvents(
    Array.from(lines.keys()).filter((at) => lines[at]?.trim() !== ""),
    WIRE_LIMITS.events,
  );
  return filled.map((at) => {
    try {
      return parseJson(lines[at] ?? "");
    } catch {
      return malformed(`line ${at + 1} is not JSON`);
    }
  });
}

function fromBinary(attributes: Record<string, unknown>, data: unknown): unknown {
  if (Array.isArray(data) || (isRecord(data) && isBatch(data))) {
    throw new RequestError("invalid_batch", { message: "a CloudEvent in binary mode carries one event" });
  }
  return fromCloudEvent({ ...attributes, data });
}
