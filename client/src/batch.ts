/**
 * Cuts batches out of the queue. A batch has one session and one `common`, and stays within the limits of the wire and, where it can,
 * within what the browser sends although the page goes away.
 */
import { utf8Length } from "./lib/utf8-length.ts";
import { keySession, type EventRecord } from "./record.ts";
import { VERSION } from "./version.ts";
import { WIRE_LIMITS, WIRE_VERSION } from "./wire.ts";

/** Bytes that all requests with `keepalive` of a page may have under way: the browser's 64 KiB, less some room for what it adds. */
export const KEEPALIVE_BYTES = 64_000;

/**
 * The longest run of records, in their order, that fits one request: those of the first record's session and `common`, at most `limit`
 * of them. A single record always fits.
 */
export function cutBatch(records: readonly EventRecord[], limit: number): EventRecord[] {
  const [first] = records;
  if (!first) return [];
  const session = keySession(first.key);
  const common = utf8Length(first.common);
  let bytes = utf8Length(writeBatch([first], new Date())) - utf8Length(first.body);
  let merged = bytes;
  const batch: EventRecord[] = [];
  for (const record of records) {
    if (record.common !== first.common || keySession(record.key) !== session) continue;
    const size = utf8Length(record.body) + 1;
    bytes += size;
    merged += size + common;
    if (batch.length > 0 && (batch.length >= limit || bytes > KEEPALIVE_BYTES || merged > WIRE_LIMITS.bodyBytes)) break;
    batch.push(record);
  }
  return batch;
}

/** The body of a request: a `WireBatch` as JSON. All records are of one session and one `common`. */
export function writeBatch(records: readonly EventRecord[], now: Date): string {
  const [first] = records;
  const head = { v: WIRE_VERSION, sent_at: now.toISOString(), sdk: `web/${VERSION}`, session_id: keySession(first?.key ?? "") };
  const events = records.map(({ body }) => body).join(",");
  return `${JSON.stringify(head).slice(0, -1)},"common":${first?.common ?? "{}"},"events":[${events}]}`;
}
