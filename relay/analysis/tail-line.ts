/** A record of the bus as one line for people. */
import { styleText } from "node:util";
import type { Envelope, Rejection } from "@sightline/worker/envelope";
import type { StoredRecord } from "../bus/port/bus.ts";
import { printable } from "../lib/printable.ts";
import { originalOf } from "../bus/records/dead-letter-record.ts";
import { jsonObject } from "../lib/json-object.ts";

/** What a line is made of, and what filters look at. Empty where the record does not say. */
export interface Seen {
  /** When it happened, ISO 8601 UTC; when the bus had it, where it does not say. */
  time: string;
  tenant: string;
  /** The event's registered type. */
  type: string;
  surface: string;
  request: string;
  items: string[];
  flags: string[];
  /** Why it is where it is: the code of a refusal or of a dead letter. */
  error: string;
}

/** Ids of items in a line; how many more there are is said. */
const MOST_ITEMS = 4;

/** What is known of a record, whatever it is. */
export function readSeen({ value, headers, publishedAt, partition, offset }: Omit<StoredRecord, "topic" | "key">): Seen {
  const { envelope, error } = readEnvelope(value.toString());
  const isForeign = error === "" && text(envelope.type) === "";
  const payload: Partial<Envelope["payload"] & Rejection> = envelope.payload ?? {};
  const ids = [...(Array.isArray(payload.items) ? payload.items : []).map((item) => item?.item_id), payload.item_id];
  const flags: unknown = envelope.metadata?.flags;
  return {
    time: text(envelope.occurred_at) || publishedAt,
    tenant: text(envelope.metadata?.tenant_id) || (headers["tenant_id"] ?? ""),
    type: text(envelope.event_type) || (headers["event_type"] ?? ""),
    surface: text(payload.surface),
    request: text(payload.request_id),
    items: ids.map(text).filter(Boolean),
    flags: Array.isArray(flags) ? flags.map(text) : [],
    error: isForeign ? `unreadable: no event, partition ${partition}, offset ${offset}` : error || text(payload.error),
  };
}

/** The line, with its newline; `color` for a terminal. */
export function tailLine(topic: string, seen: Seen, color: boolean): string {
  const items = seen.items.slice(0, MOST_ITEMS).map((id) => short(id, 20));
  if (seen.items.length > MOST_ITEMS) items.push(`+${seen.items.length - MOST_ITEMS}`);
  const cells = [
    seen.time.replace("T", " ").slice(0, 23).padEnd(23),
    short(topic, 34).padEnd(24),
    short(seen.tenant || "-", 16).padEnd(8),
    short(seen.type || "-", 24).padEnd(12),
    short(seen.surface || "-", 24).padEnd(12),
    short(seen.request || "-", 36).padEnd(24),
    items.join(",") || "-",
    ...(seen.flags.length > 0 ? [`[${short(seen.flags.join(" "), 60)}]`] : []),
    ...(seen.error === "" ? [] : [`! ${short(seen.error, 60)}`]),
  ];
  const line = printable(cells.join("  "));
  return `${color && seen.error !== "" ? styleText("yellow", line, { validateStream: false }) : line}\n`;
}

function readEnvelope(value: string): { envelope: Partial<Envelope>; error: string } {
  try {
    const { original, metadata } = originalOf(value);
    return { envelope: parse(original), error: text(metadata.error_code) };
  } catch {
    return { envelope: parse(value), error: "" };
  }
}

/** What is no envelope has no fields: what the record's headers say is shown. */
function parse(value: string): Partial<Envelope> {
  return jsonObject(value) ?? {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** At most so many characters, the last of which says that there were more. */
function short(value: string, most: number): string {
  return value.length > most ? `${value.slice(0, most - 1)}…` : value;
}
