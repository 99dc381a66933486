/**
 * THE ENVELOPE, version 1: what the collector makes of an event, and what arrives on the bus, byte for byte.
 *
 * Types and the version only; it imports the wire's types and nothing else, so that the relay and readers of the bus can depend on
 * it. Collector -> pack -> queue -> relay -> bus.
 */
import type { WireEvent } from "@sightline/client/wire";

/** Version of the envelope. */
export const ENVELOPE_VERSION = 1;

/** Dotted type of an envelope, with its version; the relay makes the topic's name from it. */
export type EnvelopeType =
  /** The items that a service returned. */
  | "rec.decision.made.v1"
  /** What a user saw. */
  | "rec.exposure.recorded.v1"
  /** What a user did. */
  | "rec.outcome.recorded.v1"
  /** An event of a project's own registry. */
  | "app.event.recorded.v1"
  /** An event that the collector refused, redacted. */
  | "edge.event.rejected.v1"
  /** An SDK's own count of what it dropped. */
  | "edge.client.reported.v1";

/** Marks that the collector or the relay puts on an event it takes although something is odd. */
export type Flag =
  /** From a crawler or another automated client, by its user agent or by the edge's own judgement. */
  | "bot"
  /** Taken while exposures were being shed: some of its request may be missing. */
  | "shedding"
  /** An outcome that names no request. */
  | "missing_request_id"
  /** No experiment was in force. */
  | "no_experiment"
  /** `context.policy_version_id` is absent. */
  | "no_policy_version"
  /** Older than 7 days. */
  | "old_timestamp"
  /** From a client whose clock is ahead: the timestamp lies over 5 minutes after its arrival. */
  | "future_timestamp"
  /** Personal data in its context, metrics or payload was taken out: `[redacted]` stands in its place. */
  | "redacted"
  /** `sent_at` lay over 5 minutes after the arrival: `occurred_at` was moved back by the difference. */
  | "clock_skewed"
  /** Some of its items were recorded by other events already (set by the relay). */
  | "items_overlap";

/** A web key is public and stands in pages; a server key is a secret. */
export type KeyKind = "web" | "server";

/** What the collector adds for routing, tenancy and accounting. */
export interface EnvelopeMetadata {
  /** The request_id, else the unit_id: an exposure and its outcomes share it, and so a partition. */
  partition_key: string;
  /** The tenant that the write key belongs to; the body never decides it. */
  tenant_id: string;
  /**
   * The kind of write key that sent it. Ids of web keys, which are public, and of server keys are two namespaces: an event is known by
   * (tenant_id, key_kind, id), so that a page cannot take a backend's id. Absent in older envelopes: `web`.
   */
  key_kind?: KeyKind;
  /** Marks, in alphabetical order. */
  flags: Flag[];
  /** Event type and version of its schema, for example `exposure@1`. */
  schema: string;
  /** ISO 3166-1 alpha-2 code of the country the request came from, where the edge knows it. */
  country?: string;
  /** The page load that the event comes from. */
  session_id?: string;
  /** Number of the event within the session, from 1. */
  seq?: number;
  /** 128 bits, hex, of the payload in canonical form (sorted keys): the same for every resend of one event. */
  content_hash: string;
  /** Share of such events that the collector keeps for this key, in (0, 1); absent where it keeps all. The SDK's own is in the payload. */
  sample_rate?: number;
  /** Copies of this event that its request carried, itself included; absent when there was one. The relay counts copies - 1 as duplicates. */
  copies?: number;
}

/** One event as it travels. */
export interface Envelope<Payload = WireEvent> {
  /** The event_id. */
  id: string;
  type: EnvelopeType;
  version: typeof ENVELOPE_VERSION;
  /** The event's registered type, for example `exposure`. */
  event_type: string;
  /** When it happened: the event's timestamp, moved back where the client's clock is known to be ahead. ISO 8601 UTC, milliseconds or finer. */
  occurred_at: string;
  /** When the collector had it, by the collector's clock. ISO 8601 UTC, milliseconds. */
  received_at: string;
  /** The sender's `sdk`, else `api/1`. */
  source: string;
  /** The request_id, else the trace_id. */
  correlation_id: string;
  /** 32 hex digits, from the request's traceparent, else made. */
  trace_id: string;
  /** The event as sent, with `common` merged. */
  payload: Payload;
  metadata: EnvelopeMetadata;
}

/** Payload of an `edge.event.rejected.v1` envelope: what is needed to find the sender's fault, and no value that it sent but these. */
export interface Rejection {
  /** Id of the refused event, where it was readable. */
  event_id?: string;
  /** Its type, where that is a registered one. */
  event_type?: string;
  /** Its surface, where it was readable. */
  surface?: string;
  /** Its place in the batch, from 0. */
  index: number;
  /** The code of the closed table. */
  error: string;
  /** Where in the event. */
  path?: string;
  /** What was expected. */
  message: string;
}
