/** The dead letter of an event that can never be delivered, or that no handler could do its work on. */
import { deadLetterRecord } from "@sightline/bus/dead-letter-record";
import type { BusRecord } from "@sightline/bus/port";

/** Why it is dead. */
export interface Death {
  /** Class of the failure: `refused` by the bus, `undecodable` for its handler, `poison` where the handler failed again and again. */
  type: "refused" | "undecodable" | "poison";
  code: string;
  message: string;
  /** Attempts that there were. */
  attempts: number;
  /** When it was first seen, ISO 8601 UTC. */
  firstSeenAt: string;
  details?: Record<string, string | number>;
}

/** Makes it. @default what was too large is packed */
export function deadLetterOf(
  dlq: string,
  { topic, key, value, headers }: BusRecord,
  death: Death,
  packed = death.code === "record_too_large",
): BusRecord {
  const metadata = {
    original_channel: topic,
    error_type: death.type,
    error_code: death.code,
    error_message: death.message,
    details: death.details ?? {},
    failed_at: new Date().toISOString(),
    retry_count: death.attempts,
    first_seen_at: death.firstSeenAt,
    trace_id: headers["traceparent"]?.split("-")[1] ?? "",
  };
  return deadLetterRecord(dlq, value, { key, headers }, metadata, packed);
}
