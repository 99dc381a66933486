/** A record as Kinesis takes it, and what of it its partition key tells. */
import { createHash } from "node:crypto";
import type { PutRecordsRequestEntry } from "@aws-sdk/client-kinesis";
import { jsonObject } from "../../../lib/json-object.ts";
import type { BusRecord } from "../../port/bus.ts";
import type { TopicNames } from "../../port/topics.ts";
import { type FromValue, fromValue } from "../../records/from-value.ts";
import type { Entry } from "../aws/lanes.ts";

/** Characters of a partition key, at most. */
const MOST_KEY = 256;
/** Characters of a hash in its place. */
const HASH = 64;
/** Stands before a topic, and behind it, in the partition key of a record whose value does not tell its topic. */
const MARK = "|";

/** What is put. */
type Put = PutRecordsRequestEntry & { PartitionKey: string };

/** The entry of a record. */
export function toEntry(record: BusRecord, names: TopicNames): Entry<Put> {
  const { topic, key, value } = record;
  const isTold = !key.startsWith(MARK) && fromValue(value, names)?.topic === topic;
  const PartitionKey = isTold ? partitionKey(key) : keyWithTopic(topic, key);
  const bytes = value.length + Buffer.byteLength(PartitionKey);
  const entry = { record, lane: JSON.stringify([topic, key]), bytes, put: { Data: value, PartitionKey } };
  if (PartitionKey.length <= MOST_KEY) return entry;
  const most = MOST_KEY - HASH - 2 * MARK.length;
  const message = `expected a topic of at most ${most} characters, got ${topic.length}`;
  return { ...entry, refusal: { code: "topic_unavailable", message } };
}

/** Topic, key and headers of a record of the stream; undefined where it is of somebody else. */
export function fromEntry(key: string, value: Buffer, names: TopicNames): (FromValue & { key: string }) | undefined {
  if (!key.startsWith(MARK)) {
    const told = fromValue(value, names);
    return told && { ...told, key: told.key !== undefined && partitionKey(told.key) === key ? told.key : key };
  }
  const end = key.indexOf(MARK, MARK.length);
  if (end === -1) return undefined;
  return { topic: key.slice(MARK.length, end), key: key.slice(end + MARK.length), headers: headersIn(value) };
}

/** What an event of a service says of itself. */
function headersIn(value: Buffer): BusRecord["headers"] {
  const fields = jsonObject(value.toString());
  if (fields === undefined) return {};
  const texts = Object.entries({ event_id: fields["event_id"], event_type: fields["event_type"] });
  return Object.fromEntries([
    ...texts.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    ["content-type", "application/json"],
  ]);
}

/** A key as Kinesis takes it. One that is too long is hashed: its records stay together, and the envelope has the key itself. */
function partitionKey(key: string): string {
  return key.length <= MOST_KEY ? key : digest(key);
}

function keyWithTopic(topic: string, key: string): string {
  const before = MARK + topic + MARK;
  return before + (before.length + key.length <= MOST_KEY ? key : digest(key));
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
