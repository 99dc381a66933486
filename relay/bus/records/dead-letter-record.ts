/** Makes the record of a dead letter: the original whole, with what is known of its failure beside it; and takes it apart again. */
import { isUtf8 } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import type { BusRecord } from "../port/bus.ts";
import { jsonObject } from "../../lib/json-object.ts";

/** `_dlq_metadata` of a dead letter. */
export interface DlqMetadata {
  /** Topic that it was meant for. */
  original_channel: string;
  /** Class of the failure: `conflict`, `undecodable`, `refused` (by the bus), `poison`. */
  error_type: string;
  /** Stable code. */
  error_code: string;
  error_message: string;
  details: Record<string, string | number>;
  /** ISO 8601 UTC. */
  failed_at: string;
  /** Attempts to publish it, none where it could not even be tried. */
  retry_count: number;
  /** When its message entered the queue, ISO 8601 UTC. */
  first_seen_at: string;
  trace_id: string;
}

/** How the metadata begins in the text of a dead letter. Within a JSON string its quotes would be escaped, so it cannot be part of one. */
const MARK = '"_dlq_metadata":';

/** Bytes of an original in gzip, at most, unpacked; more than a queue's message can hold. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * A dead letter for `topic`: a JSON object keeps its text and gets `_dlq_metadata` as its last field; anything else is kept as
 * `_dlq_original_base64`. `packed` keeps it as `_dlq_original_gzip_base64`, for what is too large otherwise.
 */
export function deadLetterRecord(
  topic: string,
  original: string | Buffer,
  record: Pick<BusRecord, "key" | "headers">,
  metadata: DlqMetadata,
  packed = false,
): BusRecord {
  const { key, headers } = record;
  return {
    topic,
    key,
    headers: { ...headers, "content-type": "application/json" },
    value: Buffer.from(packed ? inGzip(original, metadata) : withMetadata(original, metadata)),
  };
}

/** The original of a dead letter, byte for byte. Throws an Error that says what was expected where `value` is no dead letter. */
export function originalOf(value: string): { original: string; metadata: DlqMetadata } {
  const deadLetter = jsonObject(value);
  const metadata = deadLetter?.["_dlq_metadata"];
  if (deadLetter === undefined || typeof metadata !== "object" || metadata === null) {
    throw new Error("expected a dead letter: a JSON object with _dlq_metadata");
  }
  const { _dlq_original_base64: plain, _dlq_original_gzip_base64: gzip } = deadLetter;
  let original: string;
  if (typeof gzip === "string") original = gunzipSync(Buffer.from(gzip, "base64"), { maxOutputLength: MOST_BYTES }).toString();
  else if (typeof plain === "string") original = Buffer.from(plain, "base64").toString();
  else original = withoutMetadata(value);
  return { original, metadata: metadata as DlqMetadata };
}

function inGzip(original: string | Buffer, _dlq_metadata: DlqMetadata): string {
  return JSON.stringify({ _dlq_original_gzip_base64: gzipSync(original).toString("base64"), _dlq_metadata });
}

/** Spliced in as text: parsed and written again, numbers beyond 2^53 and keys that look like numbers would not come back as they were. */
function withMetadata(original: string | Buffer, metadata: DlqMetadata): string {
  const text = typeof original === "string" ? original : isUtf8(original) ? original.toString() : "";
  const fields = jsonObject(text);
  // White space after an object would be lost.
  if (fields === undefined || !text.endsWith("}")) {
    return JSON.stringify({ _dlq_original_base64: Buffer.from(original as string).toString("base64"), _dlq_metadata: metadata });
  }
  const comma = Object.keys(fields).length === 0 ? "" : ",";
  return `${text.slice(0, -1)}${comma}${MARK}${JSON.stringify(metadata)}}`;
}

function withoutMetadata(value: string): string {
  const before = value.slice(0, value.lastIndexOf(MARK));
  return `${before.endsWith(",") ? before.slice(0, -1) : before}}`;
}
