/** Dead letters as an earlier relay left them on a bus. */
import type { BusRecord } from "../../../../relay/bus/port/bus.ts";
import { deadLetterRecord, type DlqMetadata } from "../../../../relay/bus/records/dead-letter-record.ts";
import type { Envelope } from "../../../../worker/src/envelope/envelope.ts";

/** What of the metadata a test sets. */
type Given = Partial<DlqMetadata>;

/** The dead letter of an event that a bus refused. */
export function deadLetterOf(event: Envelope, given: Given = {}, prefix = ""): BusRecord {
  return deadLetterOfLine(JSON.stringify(event), event, given, prefix);
}

/** The same, with the line as it was. */
export function deadLetterOfLine(line: string, event: Envelope, given: Given = {}, prefix = ""): BusRecord {
  const headers = { event_id: event.id, event_type: event.event_type, tenant_id: event.metadata.tenant_id };
  const metadata = { ...refused, original_channel: prefix + event.type, trace_id: event.trace_id, ...given };
  return deadLetterRecord(`${prefix}${event.type}.dlq`, line, { key: event.metadata.partition_key, headers }, metadata);
}

/** The dead letter of something that could not be read, of a tenant where that is known. */
export function deadLetterOfText(text: string, error_code: string, tenant_id?: string): BusRecord {
  const details = { ...refused.details, ...(tenant_id === undefined ? {} : { tenant_id }) };
  const metadata = { ...refused, details, error_type: "undecodable", error_code, original_channel: "edge.event.rejected.v1" };
  return deadLetterRecord("edge.event.rejected.v1.dlq", text, { key: "message-1", headers: {} }, metadata);
}

const refused: DlqMetadata = {
  original_channel: "",
  error_type: "refused",
  error_code: "topic_unavailable",
  error_message: "the topic is not there",
  details: { queue_message_id: "a1b2", deliveries: 1 },
  failed_at: "2026-01-01T10:00:00.000Z",
  retry_count: 0,
  first_seen_at: "2026-01-01T09:00:00.000Z",
  trace_id: "",
};
