/**
 * Takes a queue's message apart: into its envelopes, each parsed once for its keys, its bytes kept as they came. What cannot be read is
 * a line of its own, so that one bad line never takes its pack along.
 */
import type { WireItem } from "@sightline/client/wire";
import type { Envelope, EnvelopeType } from "@sightline/worker/envelope";
import { contentHash } from "../../state/content-hash.ts";
import { NewerPack, readPack } from "@sightline/worker/pack";
import { ENVELOPE_TYPES } from "../../bus/port/topics.ts";
import { keyKindOf } from "../../bus/records/key-kind.ts";
import { eventKey, type Facts, itemKeys, type Key } from "../../state/keys.ts";

/** An envelope that can be forwarded. */
export interface Readable extends Pick<Facts, "id" | "tenant_id" | "key_kind" | "event_type" | "content_hash"> {
  line: string;
  /** Key of its id. */
  key: Key;
  /** Keys of its items, where it is an exposure or a decision. */
  itemKeys: Key[];
  type: EnvelopeType;
  partition_key: string;
  trace_id: string;
  schema: string;
  surface: string;
  /** Copies of it that its request carried. */
  copies: number;
}

/** A line that can never be forwarded. */
export interface Unreadable {
  line: string;
  /** A code: `undecodable_pack`, `invalid_envelope`, or `poison_message`. */
  code: string;
  /** What was expected. */
  message: string;
  tenant_id: string;
  /** Envelopes that it stands for, where it is a whole message that was not taken apart. */
  envelopes?: number;
}

/** A line of a message. */
export type Line = Readable | Unreadable;

/** A message: its lines, or a reason to have it delivered later. */
export type DecodedBody = { lines: Line[] } | { later: string };

/** Decodes the body of a message; `salt` is that of the store that its keys are for. Never throws. */
export function decode(body: string, salt: string): DecodedBody {
  let pack: ReturnType<typeof readPack>;
  try {
    pack = readPack(body);
  } catch (error) {
    // A newer collector was deployed before its relay: not poison. The queue keeps the pack until this relay is replaced.
    if (error instanceof NewerPack) return { later: error.message };
    return { lines: [{ line: body, code: "undecodable_pack", message: (error as Error).message, tenant_id: "" }] };
  }
  const { header, lines } = pack;
  return { lines: lines.map((line) => readEnvelope(line, header.tenant_id, salt)) };
}

/** Reads an envelope of a tenant. Never throws. */
export function readEnvelope(line: string, tenant_id: string, salt: string): Line {
  const bad = (message: string): Unreadable => ({ line, code: "invalid_envelope", message, tenant_id });
  let envelope: Partial<Envelope> | null;
  try {
    envelope = JSON.parse(line) as Partial<Envelope> | null;
  } catch {
    return bad("expected a line of JSON");
  }
  const { id, type, event_type, trace_id, payload, metadata } = envelope ?? {};
  if (!isText(id) || !isText(event_type) || !isObject(payload) || !isObject(metadata)) {
    return bad("expected an envelope: id, type, event_type, payload, metadata");
  }
  const known = ENVELOPE_TYPES.find((name) => name === type);
  if (known === undefined) return bad(`expected a type of ${ENVELOPE_TYPES.join(", ")}`);
  const { partition_key, content_hash, schema, copies } = metadata;
  if (!isText(partition_key) || !isText(content_hash) || metadata.tenant_id !== tenant_id) {
    return bad("expected metadata of partition_key, content_hash and the pack's own tenant_id");
  }
  const hash = contentHash(content_hash);
  const key_kind = keyKindOf(metadata);
  const facts = {
    tenant_id,
    key_kind,
    event_type,
    request_id: textOf(payload.request_id),
    unit_type: textOf(payload.unit_type),
    unit_id: textOf(payload.unit_id),
    timestamp: textOf(payload.timestamp),
    items: known === "rec.exposure.recorded.v1" || known === "rec.decision.made.v1" ? itemsOf(payload) : [],
  };
  return {
    line,
    id,
    tenant_id,
    key_kind,
    event_type,
    content_hash: hash,
    key: eventKey({ tenant_id, key_kind, id }, salt),
    itemKeys: itemKeys(facts, salt),
    type: known,
    partition_key,
    trace_id: textOf(trace_id) ?? "",
    schema: textOf(schema) ?? "",
    surface: textOf(payload.surface) ?? "",
    copies: typeof copies === "number" && Number.isInteger(copies) && copies > 1 ? copies : 1,
  };
}

/** Only what can be a key; the collector owns the schema, and what it let through is forwarded as it is. */
function itemsOf({ items }: Partial<Envelope["payload"]>): Facts["items"] {
  const found: Facts["items"] = [];
  for (const item of (Array.isArray(items) ? items : []) as unknown[]) {
    const { item_id: id, placement } = (isObject(item) ? item : {}) as Partial<WireItem>;
    if (isText(id)) found.push({ item_id: id, placement: textOf(placement) });
  }
  return found;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function textOf(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

function isObject<T>(value: T): value is NonNullable<T> & object {
  return typeof value === "object" && value !== null;
}
