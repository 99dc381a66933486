/** Makes what the collector makes: envelopes, packs of them, and deliveries of packs. */
import { KEY_VERSION } from "../../relay/state/key-hash.ts";
import { createKeys } from "../../relay/state/keys.ts";
import { type DeliveryMessage, writeDelivery } from "../../worker/src/envelope/delivery.ts";
import type { Envelope, KeyKind } from "../../worker/src/envelope/envelope.ts";
import { packLines } from "../../worker/src/envelope/pack.ts";

/** Keys of a store that nobody opens. */
export const KEYS = createKeys("1", KEY_VERSION);

/** What of an envelope a test sets; the rest is filled in. */
export interface Given {
  id: string;
  event_type?: "exposure" | "decision" | "click" | "purchase";
  request_id?: string;
  items?: { item_id: string; placement?: string }[];
  item_id?: string;
  timestamp?: string;
  content_hash?: string;
  tenant_id?: string;
  key_kind?: KeyKind;
  unit_id?: string;
  partition_key?: string;
  copies?: number;
}

const TYPES = {
  exposure: "rec.exposure.recorded.v1",
  decision: "rec.decision.made.v1",
  click: "rec.outcome.recorded.v1",
  purchase: "rec.outcome.recorded.v1",
} as const;

/** An exposure of one item, or what is given. */
export function envelope({ id, event_type = "exposure", tenant_id = "t1", ...given }: Given): Envelope {
  const request_id = given.request_id ?? `req-${id}`;
  const unit_id = given.unit_id ?? "u1";
  const timestamp = given.timestamp ?? "2026-01-01T10:00:00.000Z";
  const type = TYPES[event_type];
  const isOutcome = type === "rec.outcome.recorded.v1";
  const items = isOutcome ? { item_id: given.item_id ?? "a" } : { items: (given.items ?? [{ item_id: "a" }]).map(numbered) };
  return {
    id,
    type,
    version: 1,
    event_type,
    occurred_at: timestamp,
    received_at: "2026-01-01T10:00:01.000Z",
    source: "api/1",
    correlation_id: request_id,
    trace_id: "0af7651916cd43dd8448eb211c80319c",
    payload: { event_id: id, event_type, timestamp, unit_type: "user", unit_id, request_id, surface: "home", ...items },
    metadata: {
      partition_key: given.partition_key ?? request_id,
      tenant_id,
      key_kind: given.key_kind ?? "web",
      flags: [],
      schema: `${event_type}@1`,
      content_hash: given.content_hash ?? "0".repeat(32),
      ...(given.copies === undefined ? {} : { copies: given.copies }),
    },
  };
}

const numbered = <T>(item: T, index: number): T & { position: number } => ({ ...item, position: index + 1 });

/** Lines as the body of one message of the queue. */
export function pack(lines: (Envelope | string)[], tenant_id = "t1"): string {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  const sized = text.map((line) => ({ line, bytes: Buffer.byteLength(line) }));
  const packs = packLines(sized, { tenant_id, kind: "events", received_at: "2026-01-01T10:00:01.000Z" });
  if (packs.length !== 1) throw new Error(`expected one pack, got ${packs.length}`);
  return packs[0]!.text;
}

/** A message of the queue. */
export function message(id: string, body: string, attempts = 1): DeliveryMessage {
  return { id, attempts, sent_at: "2026-01-01T10:00:02.000Z", body };
}

/** The same as the relay has it. */
export function queued(id: string, body: string): DeliveryMessage<Buffer> {
  return { ...message(id, body), body: Buffer.from(body) };
}

/** Posts messages to a relay as the queue's consumer does. */
export async function deliver(url: string, token: string, messages: DeliveryMessage[]): Promise<Response> {
  return fetch(`${url}/v1/deliveries`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" },
    body: writeDelivery({ queue: "events", messages }),
  });
}
