/** A record as Kinesis takes it. */
import { createHash } from "node:crypto";
import type { PutRecordsRequestEntry } from "@aws-sdk/client-kinesis";
import type { BusRecord } from "../../port/bus.ts";

/** Characters of a partition key, at most. */
const MOST_KEY = 256;

/** A record, ready to be put. */
export interface Entry {
  record: BusRecord;
  /** Of data and key. */
  bytes: number;
  put: PutRecordsRequestEntry & { PartitionKey: string };
}

/** The entry of a record. */
export function toEntry(record: BusRecord): Entry {
  const { key, value } = record;
  const PartitionKey = partitionKey(key);
  return { record, bytes: value.length + Buffer.byteLength(PartitionKey), put: { Data: value, PartitionKey } };
}

/** A key as Kinesis takes it. One that is too long is hashed: its records stay together, and the envelope has the key itself. */
export function partitionKey(key: string): string {
  return key.length <= MOST_KEY ? key : createHash("sha256").update(key).digest("hex");
}
