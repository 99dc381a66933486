/** What of an event the live view shows: names, ids and numbers of the pipeline; of what is the sender's own only the shape. */
import type { Envelope, Rejection } from "@sightline/worker/envelope";

/** Longest JSON that is kept of an event, characters. */
const MOST_CHARACTERS = 16_000;
/** Fields of free content. Known names of `context` are the pipeline's own, and stay. */
const FREE = new Set(["context", "metrics", "payload"]);
const KNOWN = new Set(["policy_version_id", "app_version", "platform"]);

/** The first characters of a unit's id: enough to tell two apart, not to find anybody. */
export function maskUnit(unit_id: unknown): string {
  return typeof unit_id === "string" && unit_id !== "" ? `${unit_id.slice(0, Math.min(3, unit_id.length - 1))}…` : "";
}

/** The envelope as indented JSON, unit masked and texts of free fields replaced by their length. */
export function redactedJson(event: Envelope | Envelope<Rejection>): string {
  const payload = Object.fromEntries(Object.entries(event.payload).map(([name, value]) => [name, redactField(name, value)]));
  // Without a request the key is the unit.
  const key = event.metadata.partition_key;
  const unit = (event.payload as Partial<Envelope["payload"]>).unit_id;
  const metadata = { ...event.metadata, ...(key === unit ? { partition_key: maskUnit(unit) } : {}) };
  const text = JSON.stringify({ ...event, payload, metadata }, null, 2);
  return text.length <= MOST_CHARACTERS
    ? text
    : `${text.slice(0, MOST_CHARACTERS)}\n… ${text.length - MOST_CHARACTERS} characters more`;
}

function redactField(name: string, value: unknown): unknown {
  if (name === "unit_id") return maskUnit(value);
  return FREE.has(name) ? redactTexts(value) : value;
}

function redactTexts(value: unknown, name = ""): unknown {
  if (typeof value === "string") return KNOWN.has(name) ? value : `‹text, ${value.length}›`;
  if (Array.isArray(value)) return value.map((one) => redactTexts(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactTexts(inner, key)]));
}
