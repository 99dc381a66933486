/**
 * Puts records on a stream, in order of their key.
 *
 * PutRecords answers for each record under one 200, and promises no order within a request. So a request holds at most one record of a
 * (topic, key), and the next one waits until the stream has it; what was refused goes again before anything that follows it.
 */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PutRecordsCommand, type PutRecordsRequestEntry } from "@aws-sdk/client-kinesis";
import { type BusRecord, PublishError, type Refusal } from "./bus.ts";
import { isRefused, isThrottled, type Stream } from "./kinesis-client.ts";

/** Records in a request, at most. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
const MOST_RECORDS = 500;
/** Bytes of data and keys in a request, at most. AWS takes 10 MiB by now; 5 MiB is what every region and emulator takes. */
const MOST_BYTES = 5 * 1024 * 1024;
/** Characters of a partition key, at most. */
const MOST_KEY = 256;
/** How long a key rests whose record was refused, milliseconds; doubled each further time. Other keys, on other shards, go on. */
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 1_000;
/** Requests in a row of which nothing was taken, before the rest is given up. */
const MOST_FRUITLESS = 6;
/** Milliseconds after which no further request is begun, so that a delivery is answered within its minute. */
const MOST_MS = 20_000;

/** A record as Kinesis takes it. */
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

/**
 * Puts the records; resolves when the stream has all. Rejects with a {@link PublishError}: `absent` with what is missing where that is
 * sure, and with `refused`, before anything is put, where a record has more than `recordBytes`.
 */
export async function putRecords(stream: Stream, records: BusRecord[], recordBytes: number): Promise<void> {
  const entries = records.map(toEntry);
  refuseLarge(entries, recordBytes);
  const lanes = new Set(lanesOf(entries));
  const left = new Set(records);
  const deadline = Date.now() + MOST_MS;
  let fruitless = 0;
  while (left.size > 0) {
    const request = nextRequest(lanes);
    if (request.length === 0) {
      await sleep(soonest(lanes) - Date.now());
      continue;
    }
    const { taken, reason } = await put(
      stream,
      request.map(({ entry }) => entry),
    ).catch((cause: unknown) => {
      if (isRefused(cause)) throw new PublishError("absent", reasonOf(cause), { cause, missing: [...left] });
      throw new PublishError("unknown", reasonOf(cause), { cause });
    });
    for (const [index, { lane, entry }] of request.entries()) {
      if (!taken[index]) rest(lane);
      else if (left.delete(entry.record)) advance(lane, lanes);
    }
    fruitless = taken.includes(true) ? 0 : fruitless + 1;
    if (left.size > 0 && (fruitless === MOST_FRUITLESS || Date.now() > deadline)) {
      const message = `${left.size} of ${records.length} records were not taken: ${reason ?? "no time was left"}`;
      throw new PublishError("absent", message, { missing: [...left] });
    }
  }
}

/** Records of one (topic, key), in order. */
interface Lane {
  entries: Entry[];
  /** How often its first record was refused. */
  refusals: number;
  restsUntil: number;
}

function lanesOf(entries: Entry[]): Lane[] {
  const lanes = Map.groupBy(entries, ({ record: { topic, key } }) => JSON.stringify([topic, key]));
  return [...lanes.values()].map((lane) => ({ entries: lane, refusals: 0, restsUntil: 0 }));
}

function advance(lane: Lane, lanes: Set<Lane>): void {
  lane.entries.shift();
  lane.refusals = 0;
  if (lane.entries.length === 0) lanes.delete(lane);
}

function rest(lane: Lane): void {
  const most = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** lane.refusals++);
  lane.restsUntil = Date.now() + most * (0.5 + Math.random() / 2);
}

function soonest(lanes: Set<Lane>): number {
  return [...lanes].reduce((least, { restsUntil }) => Math.min(least, restsUntil), Infinity);
}

/** The first record of each lane that does not rest, longest lane first, so that the fewest requests are needed. */
function nextRequest(lanes: Set<Lane>): { lane: Lane; entry: Entry }[] {
  const request: { lane: Lane; entry: Entry }[] = [];
  const now = Date.now();
  const ready = [...lanes].filter(({ restsUntil }) => restsUntil <= now);
  let bytes = 0;
  for (const lane of ready.toSorted((a, b) => b.entries.length - a.entries.length)) {
    if (request.length === MOST_RECORDS) break;
    const [entry] = lane.entries;
    if (entry === undefined || (request.length > 0 && bytes + entry.bytes > MOST_BYTES)) continue;
    request.push({ lane, entry });
    bytes += entry.bytes;
  }
  return request;
}

/** What became of a request. */
interface Answer {
  /** Entry by entry. */
  taken: boolean[];
  /** Why others were not. */
  reason?: string;
}

/** One request. Throws the error of the client, unless that says that there were too many. */
async function put({ client, StreamName }: Stream, entries: Entry[]): Promise<Answer> {
  try {
    const command = new PutRecordsCommand({ StreamName, Records: entries.map((entry) => entry.put) });
    const { Records: answers = [] } = await client.send(command);
    const taken = entries.map((_entry, index) => {
      const { SequenceNumber, ErrorCode } = answers[index] ?? {};
      if (SequenceNumber === undefined && ErrorCode === undefined) throw new Error("an answer for each record was expected");
      return ErrorCode === undefined;
    });
    const refused = answers.find(({ ErrorCode }) => ErrorCode !== undefined);
    return refused === undefined ? { taken } : { taken, reason: `${refused.ErrorCode}: ${refused.ErrorMessage ?? ""}` };
  } catch (error) {
    if (!isThrottled(error)) throw error;
    return { taken: entries.map(() => false), reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const { name, message } = error as Error;
  return `${name}: ${message}`;
}

function refuseLarge(entries: Entry[], most: number): void {
  const large = entries.filter(({ bytes }) => bytes > most);
  if (large.length === 0) return;
  const refused = new Map<BusRecord, Refusal>();
  for (const { record, bytes } of large) {
    const message = `at most ${most} bytes of value and key were expected, got ${bytes}`;
    refused.set(record, { code: "record_too_large", message });
  }
  throw new PublishError("absent", `${large.length} records are larger than the stream takes`, { refused });
}
