/**
 * Puts records, in order of their lane, by requests that a service answers entry by entry under one 200.
 *
 * None of the services promises an order within what it took in part. So a request holds at most one entry of a lane, and the next one waits
 * until that is taken; what was refused goes again before anything that follows it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { failPoint } from "../../../lib/fail-point.ts";
import { type BusRecord, PublishError, type Refusal } from "../../port/bus.ts";
import { isRefused, isThrottled, lineOf } from "./client.ts";
import { createLanes, type Entry, type Most } from "./lanes.ts";

/** Why an entry was not taken. */
export interface Fault {
  reason: string;
  /** It never will be. @default false */
  isFinal?: boolean | undefined;
}

/** A service, as far as putting is concerned. */
export interface PutService<P> {
  /** What a request holds at most. */
  most: Most;
  /** Bytes of one entry, at most, and what counts as its bytes. */
  entryBytes: number;
  counted: string;
  /** Requests under way at a time; they share no lane. */
  atOnce: number;
  /** Whether what was confirmed of a batch of unknown outcome is told, and so not put again: not where a look-up settles it as a whole. */
  tellsMissing: boolean;
  /** Sends one request; a fault or none for each of its entries. Rejects as the client does. */
  send(entries: Entry<P>[]): Promise<(Fault | undefined)[]>;
}

/** Requests, or rounds of them, of which nothing was taken, before the rest is given up. */
const MOST_FRUITLESS = 6;
/** Milliseconds after which no further request is begun, so that a delivery is answered within its minute. */
const MOST_MS = 20_000;

/**
 * Puts the entries; resolves when the service has all. Rejects with a {@link PublishError}: `absent` with what is missing where that is
 * sure, and with `refused`, before anything is put, where an entry is too large or has a refusal.
 */
export async function putInOrder<P>(service: PutService<P>, entries: Entry<P>[]): Promise<void> {
  refuse(service, entries);
  const lanes = createLanes(entries, service.most);
  const left = new Set(entries.map(({ record }) => record));
  const refused = new Map<BusRecord, Refusal>();
  const deadline = Date.now() + MOST_MS;
  let fruitless = 0;
  let reason: string | undefined;
  while (left.size > 0) {
    const requests: Entry<P>[][] = [];
    while (requests.length < service.atOnce) {
      const request = lanes.next();
      if (request.length === 0) break;
      requests.push(request);
    }
    if (requests.length === 0) {
      await sleep(lanes.restMs());
      continue;
    }
    failPoint("before_produce");
    const answers = await Promise.allSettled(requests.map((request) => put(service, request)));
    failPoint("after_produce");
    let isFruitless = true;
    for (const [number, answer] of answers.entries()) {
      if (answer.status === "rejected") continue;
      for (const [index, fault] of answer.value.entries()) {
        const entry = requests[number]![index]!;
        if (fault === undefined) isFruitless = !left.delete(entry.record) && isFruitless;
        else reason = fault.reason;
        if (fault?.isFinal) refused.set(entry.record, { code: "record_refused", message: fault.reason });
        lanes.answer(entry, fault === undefined);
      }
    }
    throwFailures(service, answers, left);
    if (refused.size > 0) {
      const message = `${refused.size} of ${entries.length} records are refused: ${reason}`;
      throw new PublishError("absent", message, { refused, missing: [...left] });
    }
    fruitless = isFruitless ? fruitless + 1 : 0;
    if (left.size > 0 && (fruitless === MOST_FRUITLESS || Date.now() > deadline)) {
      const message = `${left.size} of ${entries.length} records were not taken: ${reason ?? "no time was left"}`;
      throw new PublishError("absent", message, { missing: [...left] });
    }
  }
}

/** One request. Throws the error of the client, unless that says that there were too many. */
async function put<P>({ send }: PutService<P>, entries: Entry<P>[]): Promise<(Fault | undefined)[]> {
  try {
    return await send(entries);
  } catch (error) {
    if (!isThrottled(error)) throw error;
    return entries.map(() => ({ reason: lineOf(error) }));
  }
}

/** Throws for requests that failed as a whole. */
function throwFailures<P>(
  { tellsMissing }: PutService<P>,
  answers: PromiseSettledResult<unknown>[],
  left: ReadonlySet<BusRecord>,
) {
  const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
  const cause = failures.find((error) => !isRefused(error)) ?? failures[0];
  if (cause === undefined) return;
  const outcome = isRefused(cause) ? "absent" : "unknown";
  throw new PublishError(outcome, lineOf(cause), {
    cause,
    ...(outcome === "absent" || tellsMissing ? { missing: [...left] } : {}),
  });
}

/** Refuses what can be told before anything is put. */
function refuse<P>({ entryBytes: most, counted }: PutService<P>, entries: Entry<P>[]): void {
  const refused = new Map<BusRecord, Refusal>();
  for (const { record, bytes, refusal } of entries) {
    const message = `expected at most ${most} bytes of ${counted}, got ${bytes}`;
    if (refusal !== undefined) refused.set(record, refusal);
    else if (bytes > most) refused.set(record, { code: "record_too_large", message });
  }
  const [first] = refused.values();
  if (first === undefined) return;
  const missing = entries.map(({ record }) => record);
  throw new PublishError("absent", `${refused.size} records are refused: ${first.message}`, { refused, missing });
}
