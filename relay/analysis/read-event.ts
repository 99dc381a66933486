/** Reads a record of the bus as an event, whoever wrote it: a topic may hold what is none. */
import type { Envelope, Rejection } from "@sightline/worker/envelope";
import type { StoredRecord } from "../bus/port/bus.ts";
import { jsonObject } from "../lib/json-object.ts";

/** A record that is no event: where it is. */
export type Place = Pick<StoredRecord, "topic" | "partition"> & { offset: string };

/** Records that are no events. */
export interface UnreadableRecord {
  records: number;
  /** The first of them, at most five. */
  examples: Place[];
}

const EXAMPLES = 5;

/** The event, with all that figures are made of in its place; undefined where it is none: other text, a tombstone, another's JSON. */
export function readEvent({ value }: Pick<StoredRecord, "value">): Envelope | Envelope<Rejection> | undefined {
  const found = jsonObject(value.toString()) ?? {};
  const { id, type, event_type, payload, metadata } = found;
  const isEvent =
    isText(id) &&
    isText(type) &&
    isText(event_type) &&
    isRecord(payload) &&
    isRecord(metadata) &&
    isText(metadata["tenant_id"]) &&
    (payload["items"] === undefined || (Array.isArray(payload["items"]) && payload["items"].every(isItem)));
  return isEvent ? (found as unknown as Envelope) : undefined;
}

/** Whether an event is one that the collector refused. */
export function isRejection(event: Envelope | Envelope<Rejection>): event is Envelope<Rejection> {
  return event.type === "edge.event.rejected.v1";
}

/** Counts what is unreadable, and remembers where the first of it is. */
export function createUnreadable() {
  let records = 0;
  const examples: Place[] = [];
  return {
    add({ topic, partition, offset }: Pick<StoredRecord, "topic" | "partition" | "offset">): void {
      records++;
      if (examples.length < EXAMPLES) examples.push({ topic, partition, offset: String(offset) });
    },
    figures: (): UnreadableRecord => ({ records, examples: [...examples] }),
  };
}

function isItem(item: unknown): boolean {
  return isRecord(item) && isText(item["item_id"]) && Number.isInteger(item["position"]);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
