/**
 * Moves events from the queue to the collector: one request at a time, waits that grow with full jitter, and a queue that is only ever
 * shortened by a verdict. The exception to "one at a time" is a page that goes away: it sends what it has while it still can.
 */
import { cutBatch, KEEPALIVE_BYTES, writeBatch } from "./batch.ts";
import type { Report } from "../errors/errors.ts";
import { doubled } from "../lib/doubled.ts";
import { fullJitter } from "../lib/full-jitter.ts";
import { utf8Length } from "../lib/utf8-length.ts";
import { OWN_MS } from "./claims.ts";
import type { Queue } from "./queue.ts";
import type { EventRecord } from "./record.ts";
import { FINAL_CODES, type Reply } from "./reply.ts";
import { compress, type Parcel, type Send } from "./send.ts";
import { tally, type Counts } from "./stats.ts";

const BACKOFF = { base: 1_000, cap: 60_000 };

/** Requests in a row that did not get to the collector, although there is a network, that say: something blocks the endpoint. */
const BLOCKED_AFTER = 5;

/** A blocked endpoint is tried again after 5, 10, 20, 40, then every 60 minutes. */
const BREAKER = { base: 300_000, cap: 3_600_000 };

/** Answers in a row that are no verdict, after which other events get their turn. */
const REFUSED_AFTER = 5;

/** What the pump works with. */
export interface PumpOptions {
  queue: Queue;
  send: Send;
  counts: Counts;
  report: Report;
  /** Events of one request at most. */
  most: number;
  /** The collector has answered with verdicts. */
  onVerdict: () => void;
}

/** Makes the pump; it does nothing before {@link Pump.schedule} or {@link Pump.hurry}. */
export function createPump({ queue, send, counts, report, most, onVerdict }: PumpOptions) {
  let limit = most;
  let attempt = 0;
  /** Requests in a row that did not get to the collector. */
  let cuts = 0;
  /** That is told once, until the collector answers. */
  let isTold = false;
  /** On the page's monotonic clock: before this moment nothing is sent. */
  let notBefore = 0;
  /** That is the collector's word, or the breaker's: it holds for a page that goes away too. */
  let isFirm = false;
  let due = Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;

  const isFree = (): boolean => performance.now() >= notBefore;
  const mayLeave = (): boolean => !isFirm || isFree();

  /** Runs in `ms` milliseconds, or earlier where that was planned, but not before a wait is over. */
  function schedule(ms: number): void {
    const now = performance.now();
    const at = Math.max(now + ms, notBefore);
    if (at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(run, at - now);
  }

  /** Sends until the queue is empty or a request fails; the run that is under way, where there is one. */
  function run(): Promise<void> {
    clearTimeout(timer);
    due = Infinity;
    return (running ??= drain().finally(() => (running = undefined)));
  }

  async function drain(): Promise<void> {
    while (isFree()) {
      const batch = cutBatch(await queue.next(), limit);
      if (batch.length === 0) {
        // Events of other tabs are theirs to send, unless they turn out to have gone.
        if (queue.hasOthers()) schedule(OWN_MS);
        return;
      }
      const parcel = await compress(writeBatch(batch));
      // Meanwhile the page may have been hidden and have posted some of them, or another tab have taken them over.
      const free = queue.free();
      if (batch.every((record) => free.includes(record))) await deliver(batch, parcel);
    }
    schedule(0);
  }

  function deliver(batch: readonly EventRecord[], parcel: Parcel, leaving?: boolean): Promise<void> {
    return queue.carry(
      batch,
      send(parcel, batch.length, leaving).then((reply) => judge(batch, reply, leaving)),
    );
  }

  /** The page may only be hidden, and stay: then what did not arrive is sent again as usual. */
  async function leave(batch: readonly EventRecord[], body: string): Promise<void> {
    await deliver(batch, body, true);
    queue.save();
    schedule(0);
  }

  /** Counts what the reply says, and answers which events stay in the queue: all but those that the collector itself has decided on. */
  function judge(batch: readonly EventRecord[], reply: Reply | undefined, leaving?: boolean): readonly EventRecord[] {
    if (!reply) return batch;
    const { status, answer, wait, code = "", reason } = reply;
    const n = batch.length;
    const kept: EventRecord[] = [];
    if (answer) {
      cuts = 0;
      isTold = false;
      for (const { index, error, path = "event", message, retryable } of answer.errors) {
        if (retryable) kept.push(batch[index]!);
        else refuse(error, 1, `${error} at ${path}: ${message}`);
      }
      counts.accepted += n - answer.errors.length;
      limit = Math.min(most, limit * 2);
      if (kept.length > 0) backOff(wait);
      else attempt = notBefore = 0;
      onVerdict();
      return kept;
    }
    if (status === 413 && n > 1) halve(batch);
    else if (FINAL_CODES.test(code)) {
      refuse(code, n, reason);
      return kept;
    } else retry(batch, reply, leaving);
    return batch;
  }

  function refuse(code: string, n: number, reason: string): void {
    tally(counts.rejected, code, n);
    report("rejected", reason, code);
  }

  /** Plans the next attempt. What did not get to the collector, or cut it off, is tried in halves: one event may be what ends them all. */
  function retry(batch: readonly EventRecord[], { status, wait, code, reason }: Reply, leaving?: boolean): void {
    const isAnswered = status >= 500 || status === 408 || status === 429;
    // `onLine` is a hint: false is to be believed. What a page sends as it goes fails together, and says little.
    const isTelling = !leaving && navigator.onLine !== false;
    if (isAnswered) cuts = 0;
    else if (isTelling) cuts++;
    backOff(Math.max(wait, cuts < BLOCKED_AFTER ? 0 : doubled(cuts - BLOCKED_AFTER + 1, BREAKER)));
    if (!isTold && !isAnswered && (status > 0 || cuts >= BLOCKED_AFTER)) {
      isTold = true;
      report("endpoint_blocked", `${reason}: expected a response of the collector; events are kept`);
    }
    if (!isTelling) return;
    const isTurn = attempt % REFUSED_AFTER === 0;
    const isCut = !code && status !== 429;
    const isOne = batch.length === 1;
    if (!isOne && (isTurn || isCut)) halve(batch);
    if (isTurn || (isOne && isCut)) queue.postpone(batch);
  }

  function halve(batch: readonly EventRecord[]): void {
    limit = Math.ceil(batch.length / 2);
  }

  function backOff(wait: number): void {
    counts.retries++;
    isFirm = wait > 0;
    notBefore = performance.now() + Math.max(wait, fullJitter(++attempt, BACKOFF));
  }

  return {
    schedule,

    /** Tries now, unless the collector itself asked for a wait. */
    async hurry(): Promise<void> {
      if (!isFirm || cuts >= BLOCKED_AFTER) notBefore = 0;
      await running;
      await run();
    },

    /** The page may not come back: posts what is at hand and fits the budget for requests that outlive it, without waiting for anything. */
    sendNow(): void {
      let room = KEEPALIVE_BYTES;
      while (mayLeave()) {
        const batch = cutBatch(queue.free(), most);
        const body = writeBatch(batch);
        room -= utf8Length(body);
        if (batch.length === 0 || room < 0) return;
        void leave(batch, body);
      }
    },

    /** No request is made from now on. */
    stop(): void {
      notBefore = Infinity;
      isFirm = true;
      clearTimeout(timer);
    },
  };
}

/** The pump. */
export type Pump = ReturnType<typeof createPump>;
