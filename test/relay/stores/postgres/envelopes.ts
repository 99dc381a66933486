/** Envelopes as the collector makes them, of events of a test's own. */
import type { BusRecord } from "../../../../relay/bus/port/record.ts";
import type { EnvelopeType } from "../../../../worker/src/envelope/envelope.ts";

/** An event, and what of its envelope is to be otherwise than usual. */
export interface Made {
  id: string;
  event_type: string;
  payload?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  [field: string]: unknown;
}

const TYPES: Readonly<Record<string, EnvelopeType>> = {
  decision: "rec.decision.made.v1",
  exposure: "rec.exposure.recorded.v1",
  click: "rec.outcome.recorded.v1",
  purchase: "rec.outcome.recorded.v1",
  client_report: "edge.client.reported.v1",
};

/** Lately, so that nothing is too old to be kept; the microseconds are no whole milliseconds. */
const AT = `${new Date(Date.now() - 60_000).toISOString().slice(0, -1)}456Z`;

/** An envelope. */
export function envelope({ id, event_type, payload = {}, metadata = {}, ...fields }: Made) {
  const timestamp = payload["timestamp"] ?? AT;
  return {
    id,
    type: TYPES[event_type] ?? "app.event.recorded.v1",
    version: 1,
    event_type,
    occurred_at: timestamp,
    received_at: new Date().toISOString(),
    source: "api/1",
    correlation_id: id,
    trace_id: "0123456789abcdef0123456789abcdef",
    payload: { event_id: id, event_type, unit_type: "user", unit_id: "u_1", timestamp, ...payload },
    metadata: {
      partition_key: String(payload["request_id"] ?? "u_1"),
      tenant_id: "shop",
      key_kind: "server",
      flags: [],
      schema: `${event_type}@1`,
      content_hash: "00",
      ...metadata,
    },
    ...fields,
  };
}

function keyOf({ tenant_id, key_kind }: Record<string, unknown> = {}) {
  return { tenant_id: String(tenant_id ?? "none"), key_kind: String(key_kind ?? "web") };
}

/** A record of it, or of any other value, on its topic. */
export function recordOf(made: Made | string | Buffer, prefix = ""): BusRecord {
  const isMade = typeof made === "object" && !Buffer.isBuffer(made);
  const found = isMade ? envelope(made) : undefined;
  return {
    topic: prefix + (found?.type ?? "app.event.recorded.v1"),
    key: found?.metadata.partition_key ?? "k",
    value: Buffer.from(isMade ? JSON.stringify(found) : made),
    headers: { event_id: found?.id ?? "none", event_type: found?.event_type ?? "none", ...keyOf(found?.metadata) },
  };
}
