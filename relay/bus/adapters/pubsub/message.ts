/** A record as Pub/Sub takes it, and as it gives it back. */
import { createHash } from "node:crypto";
import type { BusRecord, Refusal, StoredRecord } from "../../port/bus.ts";

/** Bytes of an ordering key and of an attribute's value, at most. https://docs.cloud.google.com/pubsub/quotas#resource_limits */
const MOST_TEXT = 1_024;
/** The attribute that has the partition key. */
const KEY = "partition_key";

/** A message. */
export interface Message {
  data: Buffer;
  orderingKey: string;
  attributes: Record<string, string>;
}

/** The message of a record: its value is the data, its key the ordering key and an attribute, each header an attribute. */
export function toMessage({ key, value, headers }: BusRecord): Message {
  const isLong = Buffer.byteLength(key) > MOST_TEXT;
  return {
    data: value,
    orderingKey: isLong ? createHash("sha256").update(key).digest("hex") : key,
    attributes: { ...headers, ...(isLong || key === "" ? {} : { [KEY]: key }) },
  };
}

/** Bytes of a message, with some for what is around each field. */
export function bytesOf({ data, orderingKey, attributes }: Message): number {
  const texts = [orderingKey, ...Object.entries(attributes).flat()];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 8, data.length + 32);
}

/** Why Pub/Sub would never take a message. */
export function refusalOf(message: Message, most: number): Refusal | undefined {
  const bytes = bytesOf(message);
  if (bytes > most) {
    return { code: "record_too_large", message: `expected at most ${most} bytes of value, key and headers, got ${bytes}` };
  }
  const long = Object.entries(message.attributes).find(([, value]) => Buffer.byteLength(value) > MOST_TEXT);
  if (long === undefined) return undefined;
  return { code: "record_refused", message: `expected headers of at most ${MOST_TEXT} bytes, got more in ${long[0]}` };
}

/** What a message is received as. */
export interface Received {
  data?: Uint8Array | string | null;
  attributes?: Record<string, string> | null;
  orderingKey?: string | null;
  publishTime?: { seconds?: unknown; nanos?: number | null } | null;
}

/** The record of a message; Pub/Sub has no offsets: `offset` is one that counts up. */
export function toRecord(message: Received, topic: string, offset: bigint): StoredRecord {
  const { data, attributes, orderingKey, publishTime } = message;
  const { [KEY]: key, ...headers } = attributes ?? {};
  return {
    topic,
    key: key ?? orderingKey ?? "",
    value: typeof data === "string" ? Buffer.from(data, "base64") : Buffer.from(data ?? []),
    headers,
    partition: 0,
    offset,
    publishedAt: new Date(Number(publishTime?.seconds ?? 0) * 1_000 + Math.floor((publishTime?.nanos ?? 0) / 1e6)).toISOString(),
  };
}
