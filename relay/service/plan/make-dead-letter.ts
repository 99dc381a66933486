/** Makes the dead letter of a line, or of a record that the bus refuses. */
import type { DeliveryMessage } from "@sightline/worker/delivery";
import type { BusRecord } from "../../bus/port/bus.ts";
import { dlqName, topicName, type TopicNames } from "../../bus/port/topics.ts";
import { type Line, Readable } from "../decode/line.ts";
import { headersOf } from "../../bus/records/headers.ts";
import { deadLetterRecord } from "../../bus/records/dead-letter-record.ts";

/** What a dead letter says of the relay that wrote it. */
export type DeadLetterNames = TopicNames & { slot?: string | undefined };

/** Why a line is dead. */
interface Death {
  /** Stable code. */
  code: string;
  message: string;
  now: Date;
  /** True: the original goes in gzip, since the dead letter was too large. */
  packed: boolean;
}

/** The dead letter of a line of a message. */
export function deadLetterOfLine(
  line: Line,
  message: DeliveryMessage<Buffer>,
  { code, now, packed, ...death }: Death,
  topics: DeadLetterNames,
): BusRecord {
  const readable = line instanceof Readable ? line : undefined;
  // What cannot be read has no topic of its own: it is with what the collector refused.
  const topic = topicName(topics, readable?.kind.type ?? "edge.event.rejected.v1");
  const metadata = {
    original_channel: topic,
    error_type: errorType(code),
    error_code: code,
    error_message: death.message,
    details: { queue_message_id: message.id, deliveries: message.attempts, ...slotOf(topics), ...tenantOf(line) },
    failed_at: now.toISOString(),
    retry_count: 0,
    first_seen_at: message.sent_at,
    trace_id: readable?.kind.trace_id ?? "",
  };
  const record = readable
    ? { key: readable.partition_key, headers: headersOf({ ...readable.kind, id: readable.id }) }
    : { key: message.id, headers: {} };
  return deadLetterRecord(dlqName(topics, topic), line.line, record, metadata, packed);
}

/** The dead letter of a record that the bus refuses, where nothing but the record is left of its message. */
export function deadLetterOfRecord(
  { topic, key, value, headers }: BusRecord,
  { code, message, now, claimedAt }: Omit<Death, "packed"> & { claimedAt: string },
  topics: DeadLetterNames,
): BusRecord {
  const metadata = {
    original_channel: topic,
    error_type: errorType(code),
    error_code: code,
    error_message: message,
    details: slotOf(topics),
    failed_at: now.toISOString(),
    retry_count: 1,
    first_seen_at: claimedAt,
    trace_id: headers["traceparent"]?.split("-")[1] ?? "",
  };
  return deadLetterRecord(dlqName(topics, topic), value.toString(), { key, headers }, metadata, code === "record_too_large");
}

/** For a line that could not be read, the tenant that its pack named; a replay trusts no other. */
function tenantOf(line: Line): Record<string, string> {
  return line instanceof Readable || line.tenant_id === "" ? {} : { tenant_id: line.tenant_id };
}

/** Which of several relays wrote the dead letter: that one alone remembers what else it published. */
function slotOf({ slot }: DeadLetterNames): Record<string, string> {
  return slot === undefined ? {} : { relay_slot: slot };
}

function errorType(code: string): string {
  if (code === "event_id_conflict") return "conflict";
  if (code === "poison_message") return "poison";
  return code === "undecodable_pack" || code === "invalid_envelope" ? "undecodable" : "refused";
}
