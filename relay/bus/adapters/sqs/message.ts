/** A record as SQS takes it, and as it gives it back. */
import { createHash } from "node:crypto";
import { isUtf8 } from "node:buffer";
import type { Message, MessageAttributeValue, SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { jsonObject } from "../../../lib/json-object.ts";
import type { BusRecord, Refusal, StoredRecord } from "../../port/bus.ts";

/** All that a body may hold. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const PLAIN = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+$/u;
/** The attribute that says that a body is the value in base64, since it could not be the value itself. */
const BASE64 = "base64";

type Put = Omit<SendMessageBatchRequestEntry, "Id">;

/**
 * The message of a record: its value is the body; `topic` and `key` are attributes, and so is `headers`, all of them as one JSON object,
 * since a message has at most ten. In a FIFO queue its group is that of the key, and the same event is the same message for five minutes.
 */
export function toMessage(record: BusRecord, fifo: boolean): { put: Put; bytes: number; refusal?: Refusal } {
  const { topic, key, value, headers } = record;
  const text = value.toString();
  const isPlain = isUtf8(value) && PLAIN.test(text);
  const MessageBody = isPlain ? text : value.toString("base64");
  const MessageAttributes = {
    topic: textOf(topic),
    // An attribute has to have a value.
    ...(key === "" ? {} : { key: textOf(key) }),
    ...(Object.keys(headers).length === 0 ? {} : { headers: textOf(JSON.stringify(headers)) }),
    ...(isPlain ? {} : { encoding: textOf(BASE64) }),
  };
  const put = {
    MessageBody,
    MessageAttributes,
    ...(fifo ? { MessageGroupId: digest(key), MessageDeduplicationId: eventOf(record) } : {}),
  };
  const bytes = Object.entries(MessageAttributes).reduce(
    (sum, [name, { DataType = "", StringValue = "" }]) => sum + Buffer.byteLength(name + DataType + StringValue),
    Buffer.byteLength(MessageBody),
  );
  if (value.length > 0) return { put, bytes };
  return {
    put,
    bytes,
    refusal: { code: "record_refused", message: "expected a value, got an empty one, which SQS does not take" },
  };
}

/** The record of a message; `topic` is that of its queue, and SQS has no offsets: `offset` is one that counts up. */
export function toRecord(message: Message, topic: string, offset: bigint): StoredRecord {
  const { Body = "", MessageAttributes: attributes = {}, Attributes: { SentTimestamp } = {} } = message;
  const headers = jsonObject(attributes["headers"]?.StringValue ?? "{}") ?? {};
  return {
    topic,
    key: attributes["key"]?.StringValue ?? "",
    value: Buffer.from(Body, attributes["encoding"]?.StringValue === BASE64 ? "base64" : "utf8"),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    partition: 0,
    offset,
    publishedAt: new Date(Number(SentTimestamp ?? Date.now())).toISOString(),
  };
}

function textOf(StringValue: string): MessageAttributeValue {
  return { DataType: "String", StringValue };
}

/** What is the same event: (tenant_id, key_kind, event_id), and the value where it has no id. */
function eventOf({ value, headers }: BusRecord): string {
  const { event_id, tenant_id, key_kind } = headers;
  return event_id === undefined ? digest(value) : digest(JSON.stringify([tenant_id, key_kind, event_id]));
}

function digest(of: string | Buffer): string {
  return createHash("sha256").update(of).digest("hex");
}
