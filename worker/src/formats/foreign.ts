/** Payloads of other collectors, recognised by fields that our format does not have, so that the refusal says what to change. */
import { isRecord } from "../lib/is-record.ts";
import { malformed } from "./malformed-event.ts";

interface Foreign {
  name: string;
  /** What to send instead of its fields. */
  advice: string;
  is(body: Record<string, unknown>): boolean;
}

const TOGETHER = "and each event in `events`; what is yours goes into context, metrics or payload";

const FOREIGN: readonly Foreign[] = [
  {
    name: "CloudEvents",
    advice: "send it as application/cloudevents+json, and a list as application/cloudevents-batch+json",
    is: (body) => "specversion" in body && "source" in body,
  },
  {
    name: "Segment",
    advice: `messageId is event_id here, event or type is event_type, userId or anonymousId is unit_id with a unit_type, ${TOGETHER}`,
    is: (body) => "messageId" in body || "anonymousId" in body || "writeKey" in body || ("userId" in body && "type" in body),
  },
  {
    name: "PostHog",
    advice: `uuid is event_id here, event is event_type, distinct_id is unit_id with a unit_type, ${TOGETHER}`,
    is: (body) =>
      ("event" in body && ("properties" in body || "distinct_id" in body)) ||
      ("api_key" in body && ("event" in body || "batch" in body)),
  },
  {
    name: "Snowplow",
    advice: `eid is event_id here, e or the schema's name is event_type, dtm is timestamp as ISO 8601, uid or duid is unit_id with a unit_type, ${TOGETHER}`,
    is: ({ schema }) => typeof schema === "string" && schema.startsWith("iglu:"),
  },
  {
    name: "Amplitude",
    advice: `insert_id is event_id here, time is timestamp as ISO 8601, user_id or device_id is unit_id with a unit_type, ${TOGETHER}`,
    is: (body) => "api_key" in body && "events" in body,
  },
];

/** What a body, or one of a list, is written for, and what to change; undefined where it is nothing that is known. */
export function foreignFormat(body: unknown): { name: string; message: string } | undefined {
  // An event of our format may carry such names by mistake: its refusal names the unknown field.
  if (!isRecord(body) || "event_type" in body) return undefined;
  const found = FOREIGN.find((foreign) => foreign.is(body));
  return found && { name: found.name, message: `this is a payload for ${found.name}: ${found.advice} (docs/collector.md)` };
}

/** Events of which each that is written for another collector is refused in its place, with what to change. */
export function withoutForeign(events: readonly unknown[]): unknown[] {
  return events.map((event) => {
    const foreign = foreignFormat(event);
    return foreign === undefined ? event : malformed(foreign.message);
  });
}
