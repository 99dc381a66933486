/**
 * Puts records on a stream, in order of their key.
 *
 * PutRecords responds for each record under one 200, and promises no order within a request. So a request holds at most one record of a
 * (topic, key), and the next one waits until the stream has it; what was refused goes again before anything that follows it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { failPoint } from "../../../lib/fail-point.ts";
import { type BusRecord, PublishError, type Refusal } from "../../port/bus.ts";
import { isRefused, isThrottled, type Stream } from "./client.ts";
import { type Entry, toEntry } from "./entry.ts";
import { createLanes } from "./lanes.ts";

/** Requests in a row of which nothing was taken, before the rest is given up. */
const MOST_FRUITLESS = 6;
/** Milliseconds after which no further request is begun, so that a delivery is answered within its minute. */
const MOST_MS = 20_000;

/**
 * Puts the records; resolves when the stream has all. Rejects with a {@link PublishError}: `absent` with what is missing where that is
 * sure, and with `refused`, before anything is put, where a record has more than `recordBytes`.
 */
export async function putRecords(stream: Stream, records: BusRecord[], recordBytes: number): Promise<void> {
  const entries = records.map(toEntry);
  refuseLarge(entries, recordBytes);
  const lanes = createLanes(entries);
  const left = new Set(records);
  const deadline = Date.now() + MOST_MS;
  let fruitless = 0;
  while (left.size > 0) {
    const request = lanes.next();
    if (request.length === 0) {
      await sleep(lanes.restMs());
      continue;
    }
    failPoint("before_produce");
    const { taken, reason } = await put(stream, request).catch((cause: unknown) => {
      if (isRefused(cause)) throw new PublishError("absent", reasonOf(cause), { cause, missing: [...left] });
      throw new PublishError("unknown", reasonOf(cause), { cause });
    });
    failPoint("after_produce");
    for (const [index, entry] of request.entries()) {
      if (taken[index]) left.delete(entry.record);
      lanes.answer(entry, taken[index] === true);
    }
    fruitless = taken.includes(true) ? 0 : fruitless + 1;
    if (left.size > 0 && (fruitless === MOST_FRUITLESS || Date.now() > deadline)) {
      const message = `${left.size} of ${records.length} records were not taken: ${reason ?? "no time was left"}`;
      throw new PublishError("absent", message, { missing: [...left] });
    }
  }
}

/** What became of a request. */
interface PutResult {
  /** Entry by entry. */
  taken: boolean[];
  /** Why others were not. */
  reason?: string;
}

/** One request. Throws the error of the client, unless that says that there were too many. */
async function put({ client, StreamName }: Stream, entries: Entry[]): Promise<PutResult> {
  try {
    const command = new PutRecordsCommand({ StreamName, Records: entries.map((entry) => entry.put) });
    const { Records: answers = [] } = await client.send(command);
    const taken = entries.map((_entry, index) => {
      const { SequenceNumber, ErrorCode } = answers[index] ?? {};
      if (SequenceNumber === undefined && ErrorCode === undefined) throw new Error("expected a response for each record");
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
    const message = `expected at most ${most} bytes of value and key, got ${bytes}`;
    refused.set(record, { code: "record_too_large", message });
  }
  throw new PublishError("absent", `${large.length} records are larger than the stream takes`, { refused });
}
