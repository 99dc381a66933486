/**
 * Cuts batches out of the queue. A batch has one head, which is one session and one `common`, and stays within the limits of the wire
 * and, where it can, within what the browser sends although the page goes away.
 */
import { utf8Length } from "../lib/utf8-length.ts";
import type { EventRecord } from "./record.ts";
import { BODY_BYTES, WIRE_VERSION } from "../wire/index.ts";

/** Bytes that all requests with `keepalive` of a page may have under way: the browser's 64 KiB, less some room for what it adds. */
export const KEEPALIVE_BYTES = 64_000;

/** Bytes of a batch beside its head, its events and the commas between them, less the comma that the last has not. */
const FRAME = 56;

/** The longest run of records from the first on that fits one request, at most `limit` of them. A single record always fits. */
export function cutBatch(records: readonly EventRecord[], limit: number): EventRecord[] {
  const head = records[0]?.head ?? "";
  const common = utf8Length(head);
  let bytes = common + FRAME;
  const end = records.findIndex((record, at) => {
    bytes += record.size + 1;
    const isFull = at >= limit || bytes > KEEPALIVE_BYTES || bytes + at * common > BODY_BYTES;
    return record.head !== head || (at > 0 && isFull);
  });
  return end < 0 ? [...records] : records.slice(0, end);
}

/** The body of a request: a `WireBatch` as JSON. All records have one head. */
export function writeBatch(records: readonly EventRecord[]): string {
  const events = records.map(({ body }) => body).join(",");
  return `{"v":${WIRE_VERSION},"sent_at":"${new Date().toISOString()}",${records[0]?.head},"events":[${events}]}`;
}
