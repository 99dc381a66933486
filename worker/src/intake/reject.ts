import { isPersonal } from "@sightline/client/pii";
import { ENVELOPE_VERSION, type Envelope, type Rejection } from "../envelope/envelope.ts";
import type { RequestFacts, SenderFacts } from "./enrich.ts";
import { registry } from "../events/registry.ts";
import type { Fault } from "../errors/fault.ts";
import { byteLength } from "../lib/byte-length.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { isRecord } from "../lib/is-record.ts";
import { murmur128 } from "../lib/murmur128.ts";
import { wireEvent } from "../events/schema.ts";

const { event_id: idSchema, surface: surfaceSchema } = wireEvent.shape;

/** The id of an event, where it has one that is an id, and says nothing of a person. */
export function readableId(event: unknown): string | undefined {
  return isRecord(event) ? harmless(idSchema.safeParse(event["event_id"]).data) : undefined;
}

function harmless(text: string | undefined): string | undefined {
  return text === undefined || isPersonal(text) ? undefined : text;
}

/** A refused event. */
interface Unsound {
  event: unknown;
  /** Its place in the batch, from 0. */
  index: number;
  fault: Fault;
  /** The event as JSON, where it was sound enough to be written. */
  text: string | undefined;
}

/**
 * The line of a refused event, and its type where that is known. The envelope says enough to find the sender's fault, and of what was
 * sent only an id, a registered type and a surface that are well-formed. Its id comes from the tenant and the content, so that a
 * request that is sent again makes no second one.
 */
export function reject({ event, index, fault: found, text }: Unsound, sender: SenderFacts, facts: RequestFacts) {
  // Canonical JSON is cut off where it is deep; other text cannot be written of whatever was sent.
  const content = murmur128(text ?? canonicalJson(event)).hash;
  const id = `rej_${murmur128(JSON.stringify([facts.tenantId, index, found.code, content])).hash}`;
  const payload = rejection(event, index, found);
  const envelope: Envelope<Rejection> = {
    id,
    type: "edge.event.rejected.v1",
    version: ENVELOPE_VERSION,
    event_type: payload.event_type ?? "unknown",
    // Its own timestamp may be what was wrong with it.
    occurred_at: facts.receivedAt,
    received_at: facts.receivedAt,
    source: sender.sdk ?? "api/1",
    correlation_id: facts.traceId,
    trace_id: facts.traceId,
    payload,
    metadata: {
      partition_key: payload.event_id ?? id,
      tenant_id: facts.tenantId,
      key_kind: facts.keyKind,
      flags: [],
      schema: "rejection@1",
      ...(facts.country !== undefined && { country: facts.country }),
      ...(sender.session_id !== undefined && { session_id: sender.session_id }),
      content_hash: murmur128(canonicalJson(payload)).hash,
    },
  };
  const line = JSON.stringify(envelope);
  return { type: envelope.event_type, envelope: { line, bytes: byteLength(line), partitionKey: "", at: 0 } };
}

function rejection(event: unknown, index: number, { code, path, message }: Fault): Rejection {
  const sent = isRecord(event) ? event : {};
  const event_id = readableId(event);
  const name = sent["event_type"];
  const type = typeof name === "string" ? registry.get(name) : undefined;
  const surface = harmless(surfaceSchema.safeParse(sent["surface"]).data);
  return {
    ...(event_id !== undefined && { event_id }),
    ...(type !== undefined && { event_type: type.name }),
    ...(surface !== undefined && { surface }),
    index,
    error: code,
    ...(path !== undefined && { path }),
    message,
  };
}
