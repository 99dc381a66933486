import type { EventFields, SoundEvent } from "../check/checked.ts";
import { ENVELOPE_VERSION, type Flag, type KeyKind } from "../envelope/envelope.ts";
import type { EventType } from "../events/event-type.ts";
import { byteLength } from "../lib/byte-length.ts";
import { CLOCK_TOLERANCE_MS } from "../lib/clock-tolerance.ts";
import { stringText } from "../lib/json-text.ts";
import { normalTimestamp, timestampMs } from "../lib/timestamp.ts";
import type { EnvelopeLine } from "../envelope/pack.ts";

const OLD_MS = 7 * 24 * 3_600_000;

/** What is known of a request apart from its body. */
export interface RequestFacts {
  tenantId: string;
  /** The kind of write key that the request carries. */
  keyKind: KeyKind;
  /** When the collector had it, ISO 8601 UTC with milliseconds. */
  receivedAt: string;
  /** 32 hex digits. */
  traceId: string;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** The caller's Idempotency-Key. */
  idempotencyKey?: string;
  /** The caller is known to be automated. */
  bot?: boolean;
  /** Exposures are being shed. */
  shedding?: boolean;
}

/** What is known of the sender, from the part of the batch. */
export interface SenderFacts {
  sent_at?: string;
  sdk?: string;
  session_id?: string;
}

/** How an event's envelope is written. */
export interface LineOptions {
  id: string;
  /** Copies of the event in its request, itself included. @default 1 */
  copies?: number | undefined;
  /** Share of such events that the collector keeps. @default all */
  sampleRate?: number | undefined;
}

/** Writes the envelope of an event as a line of JSON. */
export type Enrich = (event: SoundEvent, options: LineOptions) => EnvelopeLine;

/**
 * Makes the function that writes the envelopes of the events of one part of a batch, each as a line of JSON: worker/src/envelope/envelope.ts has its fields.
 * What is the same for all of them is written once, and the event's own text goes in as it is.
 */
export function createEnricher(sender: SenderFacts, facts: RequestFacts): Enrich {
  const { receivedAt, traceId, country } = facts;
  const received = timestampMs(receivedAt);
  const ahead = sender.sent_at === undefined ? 0 : timestampMs(sender.sent_at) - received;
  // A clock that is behind looks like a slow network, so only one that is ahead is corrected: by as much as `sent_at` lies after
  // the arrival.
  const skew = ahead > CLOCK_TOLERANCE_MS ? ahead : 0;
  const before = `,"received_at":"${receivedAt}","source":${stringText(sender.sdk ?? "api/1")},"correlation_id":"`;
  const trace = `","trace_id":"${traceId}","payload":`;
  const tenant = `,"tenant_id":${stringText(facts.tenantId)},"key_kind":"${facts.keyKind}","flags":[`;
  const tenantBytes = byteLength(tenant) - tenant.length;
  const place =
    (country === undefined ? "" : `,"country":"${country}"`) +
    (sender.session_id === undefined ? "" : `,"session_id":"${sender.session_id}"`);

  return function enrich({ type, fields, text, bytes, contentHash, redacted }, { id, copies = 1, sampleRate }) {
    const { request_id, unit_id, timestamp, seq } = fields;
    const happened = timestampMs(timestamp);
    const flags = flagsOf(fields, type, {
      ...facts,
      redacted,
      skewed: skew > 0,
      future: happened - received > CLOCK_TOLERANCE_MS,
      old: received - (happened - skew) > OLD_MS,
    });
    const kind = `","type":"${type.envelope}","version":${ENVELOPE_VERSION},"event_type":"${type.name}","occurred_at":"`;
    const partition = request_id === undefined ? stringText(unit_id) : `"${request_id}"`;
    const line =
      `{"id":"${id}${kind}${normalTimestamp(timestamp, skew)}"${before}${request_id ?? traceId}${trace}${text}` +
      `,"metadata":{"partition_key":${partition}${tenant}${flags}],"schema":"${type.name}@${type.version}"${place}` +
      (seq === undefined ? "" : `,"seq":${seq}`) +
      `,"content_hash":"${contentHash}"` +
      (sampleRate === undefined ? "" : `,"sample_rate":${sampleRate}`) +
      (copies > 1 ? `,"copies":${copies}}}` : "}}");
    // All of it is ASCII but the event itself, the tenant, and a unit that stands for the request.
    const unitBytes = request_id === undefined ? byteLength(unit_id) - unit_id.length : 0;
    const size = line.length + bytes - text.length + tenantBytes + unitBytes;
    return { line, bytes: size, partitionKey: request_id ?? unit_id, at: happened };
  };
}

/** What an event is marked with, in alphabetical order, as the members of a JSON list. */
function flagsOf(
  { request_id, experiments, context }: EventFields,
  { envelope }: EventType,
  known: { bot?: boolean; shedding?: boolean; redacted?: boolean | undefined; skewed: boolean; future: boolean; old: boolean },
): string {
  const isReport = envelope === "edge.client.reported.v1";
  const flags: Flag[] = [];
  if (known.bot) flags.push("bot");
  if (known.skewed) flags.push("clock_skewed");
  if (known.future) flags.push("future_timestamp");
  if (request_id === undefined && envelope === "rec.outcome.recorded.v1") flags.push("missing_request_id");
  if (!isReport && (experiments === undefined || experiments.length === 0)) flags.push("no_experiment");
  if (!isReport && context?.policy_version_id === undefined) flags.push("no_policy_version");
  if (known.old) flags.push("old_timestamp");
  if (known.redacted) flags.push("redacted");
  if (known.shedding) flags.push("shedding");
  return flags.length === 0 ? "" : `"${flags.join('","')}"`;
}
