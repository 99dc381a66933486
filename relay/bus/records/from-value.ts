/**
 * Topic and headers of a record from its value alone, for a bus that carries a key and bytes and nothing else. Both say nothing that the
 * envelope, or the dead letter, does not say itself.
 */
import type { EnvelopeType } from "@sightline/worker/envelope";
import { keyKindOf } from "./key-kind.ts";
import { headersOf } from "./headers.ts";
import { type DlqMetadata, originalOf } from "./dead-letter-record.ts";
import { jsonObject } from "../../lib/json-object.ts";
import type { BusRecord } from "../port/bus.ts";
import { dlqName, topicName, type TopicNames } from "../port/topics.ts";

interface Fields {
  id?: unknown;
  type?: unknown;
  event_type?: unknown;
  trace_id?: unknown;
  metadata?: { partition_key?: unknown; tenant_id?: unknown; key_kind?: unknown; schema?: unknown };
  [other: string]: unknown;
}

/** What of a record its value tells; `key` is that of its envelope, where it is one. */
export type FromValue = Pick<BusRecord, "topic" | "headers"> & { key: string | undefined };

/** Reads them; undefined where the value is neither an envelope nor a dead letter. */
export function fromValue(value: Buffer, topics: TopicNames): FromValue | undefined {
  const text = value.toString();
  const fields: Fields | undefined = jsonObject(text);
  const deadLetter = fields?.["_dlq_metadata"];
  if (typeof deadLetter === "object" && deadLetter !== null) {
    const { original_channel, error_type } = deadLetter as Partial<DlqMetadata>;
    if (typeof original_channel !== "string") return undefined;
    // What could not be read has no headers of an event, whatever fields it may show.
    const event = error_type === "undecodable" ? undefined : jsonObject(originalOf(text).original);
    return { topic: dlqName(topics, original_channel), headers: headersFrom(event), key: keyOf(event) };
  }
  if (typeof fields?.type !== "string") return undefined;
  return { topic: topicName(topics, fields.type as EnvelopeType), headers: headersFrom(fields), key: keyOf(fields) };
}

function headersFrom(event: Fields | undefined): BusRecord["headers"] {
  if (event === undefined) return { "content-type": "application/json" };
  return headersOf({
    id: textOf(event.id),
    event_type: textOf(event.event_type),
    trace_id: textOf(event.trace_id),
    tenant_id: textOf(event.metadata?.tenant_id),
    key_kind: keyKindOf(event.metadata ?? {}),
    schema: textOf(event.metadata?.schema),
  });
}

function keyOf(event: Fields | undefined): string | undefined {
  return textOf(event?.metadata?.partition_key) || undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
