/** Makes the record of a dead letter: the original whole, with what is known of its failure beside it. */
import type { BusRecord } from "../bus/bus.ts";

/** `_dlq_metadata` of a dead letter. */
export interface DlqMetadata {
  /** Topic that it was meant for. */
  original_channel: string;
  /** Class of the failure: `conflict`, `undecodable`. */
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

/**
 * A dead letter for `topic`: a JSON object keeps its fields and gets `_dlq_metadata` beside them; anything else is kept as
 * `_dlq_original_base64`.
 */
export function deadLetter(
  topic: string,
  original: string,
  record: Pick<BusRecord, "key" | "headers">,
  metadata: DlqMetadata,
): BusRecord {
  const { key, headers } = record;
  return {
    topic,
    key,
    headers: { ...headers, "content-type": "application/json" },
    value: Buffer.from(JSON.stringify(body(original, metadata))),
  };
}

function body(original: string, _dlq_metadata: DlqMetadata): object {
  try {
    const value: unknown = JSON.parse(original);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value, _dlq_metadata };
  } catch {
    // Not JSON: kept as bytes below.
  }
  return { _dlq_original_base64: Buffer.from(original).toString("base64"), _dlq_metadata };
}
