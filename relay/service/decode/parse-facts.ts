/** Reads the facts of an envelope by JSON.parse: whatever its spelling, and with a word on what is wrong with it. */
import type { Envelope } from "@sightline/worker/envelope";
import { type Facts, TEXT } from "./facts.ts";

/** Reads an envelope; returns what was expected where it is none, and the facts are then of no meaning. */
export function parseFacts(line: string, facts: Facts): string | undefined {
  let envelope: Partial<Envelope> | null;
  try {
    envelope = JSON.parse(line) as Partial<Envelope> | null;
  } catch {
    return "expected a line of JSON";
  }
  const { id, type, event_type, trace_id, payload, metadata } = envelope ?? {};
  if (!isText(id) || !isText(event_type) || !isObject(payload) || !isObject(metadata)) {
    return "expected an envelope: id, type, event_type, payload, metadata";
  }
  const { partition_key, content_hash, tenant_id, key_kind, schema, copies } = metadata;
  if (!isText(partition_key) || !isText(content_hash) || !isText(tenant_id)) return OF_METADATA;
  const { request_id, unit_type, unit_id, timestamp, surface } = payload;
  // In the place of the envelope's own bytes, whose escapes and spelling nobody else has to know of: its texts alone.
  const texts = { id, type, event_type, trace_id, request_id, unit_type, unit_id, timestamp, surface };
  const of = { ...texts, partition_key, content_hash, tenant_id, key_kind, schema };
  const parts: Buffer[] = [];
  let at = 0;
  const place = (text: unknown): [start: number, end: number] => {
    const bytes = Buffer.from(isText(text) ? text : "");
    parts.push(bytes);
    return [at, (at += bytes.length)];
  };
  facts.clear(NOTHING);
  for (const [name, text] of Object.entries(of)) facts.set(TEXT[name as keyof typeof TEXT], ...place(text));
  for (const item of Array.isArray(payload.items) ? (payload.items as unknown[]) : []) {
    const { item_id, placement } = (isObject(item) ? item : {}) as Record<string, unknown>;
    if (isText(item_id)) facts.addItem(...place(item_id), ...place(placement));
  }
  if (typeof copies === "number" && Number.isInteger(copies)) facts.copies = Math.max(1, copies);
  facts.bytes = Buffer.concat(parts);
  return undefined;
}

/** What is said of metadata that is not as the collector writes it. */
export const OF_METADATA = "expected metadata of partition_key, content_hash and the pack's own tenant_id";

const NOTHING = Buffer.alloc(0);

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isObject<T>(value: T): value is NonNullable<T> & object {
  return typeof value === "object" && value !== null;
}
