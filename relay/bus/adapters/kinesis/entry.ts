/** A record as Kinesis takes it. */
import { createHash } from "node:crypto";
import type { PutRecordsRequestEntry } from "@aws-sdk/client-kinesis";
import type { BusRecord } from "../../port/bus.ts";
import type { Entry } from "../aws/lanes.ts";

/** Characters of a partition key, at most. */
const MOST_KEY = 256;

/** What is put. */
type Put = PutRecordsRequestEntry & { PartitionKey: string };

/** The entry of a record. */
export function toEntry(record: BusRecord): Entry<Put> {
  const { topic, key, value } = record;
  const PartitionKey = partitionKey(key);
  const bytes = value.length + Buffer.byteLength(PartitionKey);
  return { record, lane: JSON.stringify([topic, key]), bytes, put: { Data: value, PartitionKey } };
}

/** A key as Kinesis takes it. One that is too long is hashed: its records stay together, and the envelope has the key itself. */
export function partitionKey(key: string): string {
  return key.length <= MOST_KEY ? key : createHash("sha256").update(key).digest("hex");
}
