/**
 * Cuts batches out of the queue. Events of several heads, each one session and one `common`, share a batch, so that what an earlier page has
 * left rides with this page's own; it stays within the limits of the wire and, where it can, within what the browser sends although the page goes away.
 */
import { utf8Length } from "../lib/utf8-length.ts";
import type { EventRecord } from "./record.ts";
import { BODY_BYTES } from "../wire/index.ts";

/** Bytes that all requests with `keepalive` of a page may have under way: the browser's 64 KiB, less some room for what it adds. */
export const KEEPALIVE_BYTES = 64_000;

/** Bytes of a batch beside its parts; one that has but one part is 12 shorter. */
const FRAME = 54;

/** Bytes of a part beside its head, its events and the commas between them. */
const PART = 14;

/** The longest run of records from the first on that fits one request, at most `limit` of them. A single record always fits. */
export function cutBatch(records: readonly EventRecord[], limit: number): EventRecord[] {
  let bytes = FRAME;
  let merged = 0;
  let common = 0;
  const end = records.findIndex(({ head, size }, at) => {
    if (head !== records[at - 1]?.head) bytes += PART + (common = utf8Length(head));
    bytes += size + 1;
    merged += size + 1 + common;
    return at >= limit || (at > 0 && (bytes > KEEPALIVE_BYTES || merged > BODY_BYTES));
  });
  return end < 0 ? [...records] : records.slice(0, end);
}

/** The body of a request: a `WireBatch` as JSON. Where all records have one head it is one of version 1, which every collector understands. */
export function writeBatch(records: readonly EventRecord[]): string {
  const parts: string[] = [];
  records.forEach(({ head, body }, at) => {
    if (head === records[at - 1]?.head) parts.push(`${parts.pop()},${body}`);
    else parts.push(`${head},"events":[${body}`);
  });
  const [first, more] = parts;
  const rest = more ? `"parts":[{${parts.join("]},{")}]}]` : `${first}]`;
  return `{"v":${more ? 2 : 1},"sent_at":"${new Date().toISOString()}",${rest}}`;
}
