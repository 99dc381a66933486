import type { WireEvent } from "@sightline/client/wire";
import { CLOCK_TOLERANCE_MS } from "./check-event.ts";
import { ENVELOPE_VERSION, type Envelope, type Flag } from "./envelope.ts";
import type { EventType } from "./events/event-type.ts";
import { normalTimestamp, timestampMs } from "./lib/timestamp.ts";

const OLD_MS = 7 * 24 * 3_600_000;

/** What is known of a request apart from its body. */
export interface RequestFacts {
  tenantId: string;
  /** When the collector had it, ISO 8601 UTC with milliseconds. */
  receivedAt: string;
  /** 32 hex digits. */
  traceId: string;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** The caller's Idempotency-Key. */
  idempotencyKey?: string;
}

/** What is known of the sender, from the batch's frame. */
export interface SenderFacts {
  sent_at?: string;
  sdk?: string;
  session_id?: string;
}

/** An event that passed its check, with what its identity comes to. */
export interface KnownEvent {
  id: string;
  contentHash: string;
  event: WireEvent;
  type: EventType;
}

/** Makes the envelope of an event. The event itself goes in untouched. */
export function enrich(known: KnownEvent, sender: SenderFacts, facts: RequestFacts): Envelope {
  const { id, contentHash, event, type } = known;
  const { occurredAt, flags } = readClock(event.timestamp, sender.sent_at, facts.receivedAt);
  return {
    id,
    type: type.envelope,
    version: ENVELOPE_VERSION,
    event_type: type.name,
    occurred_at: occurredAt,
    received_at: facts.receivedAt,
    source: sender.sdk ?? "api/1",
    correlation_id: event.request_id ?? facts.traceId,
    trace_id: facts.traceId,
    payload: event,
    metadata: {
      partition_key: event.request_id ?? event.unit_id,
      tenant_id: facts.tenantId,
      flags: [...flags, ...contentFlags(event, type)].toSorted(),
      schema: `${type.name}@${type.version}`,
      ...(facts.country !== undefined && { country: facts.country }),
      ...(sender.session_id !== undefined && { session_id: sender.session_id }),
      ...(event.seq !== undefined && { seq: event.seq }),
      content_hash: contentHash,
    },
  };
}

/**
 * Only a sender that is ahead can be told from a slow network, so only such a clock is set right: by as much as `sent_at` lies after
 * the arrival.
 */
function readClock(timestamp: string, sentAt: string | undefined, receivedAt: string): { occurredAt: string; flags: Flag[] } {
  const received = timestampMs(receivedAt);
  const ahead = sentAt === undefined ? 0 : timestampMs(sentAt) - received;
  const skewed = ahead > CLOCK_TOLERANCE_MS;
  const occurredAt = normalTimestamp(timestamp, skewed ? ahead : 0);
  const flags: Flag[] = [];
  if (skewed) flags.push("clock_skewed");
  if (timestampMs(timestamp) - received > CLOCK_TOLERANCE_MS) flags.push("future_timestamp");
  if (received - timestampMs(occurredAt) > OLD_MS) flags.push("old_timestamp");
  return { occurredAt, flags };
}

function contentFlags(event: WireEvent, type: EventType): Flag[] {
  if (type.envelope === "edge.client.reported.v1") return [];
  const flags: Flag[] = [];
  if (event.request_id === undefined && type.envelope === "rec.outcome.recorded.v1") flags.push("missing_request_id");
  if ((event.experiments ?? []).length === 0) flags.push("no_experiment");
  if (event.context?.policy_version_id === undefined) flags.push("no_policy_version");
  return flags;
}
