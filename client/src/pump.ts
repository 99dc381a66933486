/**
 * Moves events from the queue to the collector: one request at a time, waits that grow with full jitter, and a queue that is only ever
 * shortened by a verdict. The exception to "one at a time" is a page that goes away: it sends what it has while it still can.
 */
import { cutBatch, KEEPALIVE_BYTES, writeBatch } from "./batch.ts";
import type { Report } from "./errors.ts";
import { fullJitter } from "./lib/full-jitter.ts";
import { utf8Length } from "./lib/utf8-length.ts";
import type { Queue } from "./queue.ts";
import type { EventRecord } from "./record.ts";
import type { Reply } from "./reply.ts";
import type { Send } from "./send.ts";
import { tally, type Counts, type DropCause } from "./stats.ts";
import { OWN_MS } from "./store.ts";
import type { BatchAnswer } from "./wire.ts";

const BACKOFF = { base: 1_000, cap: 60_000 };

/** What the pump works with. */
export interface PumpOptions {
  queue: Queue;
  send: Send;
  counts: Counts;
  report: Report;
  batchSize: number;
}

/** Makes the pump; it does nothing before {@link Pump.schedule} or {@link Pump.run}. */
export function createPump({ queue, send, counts, report, batchSize }: PumpOptions) {
  let limit = batchSize;
  let attempt = 0;
  /** On the page's monotonic clock: before these moments nothing is sent; the second is the collector's word. */
  let notBefore = 0;
  let asked = 0;
  let due = Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  /** Asked for while a run was looking into the queue: it may have looked too early, and looks again. */
  let again = false;
  let stopped = false;

  /** Runs in `ms` milliseconds, or earlier where that was planned, but not before a wait is over. */
  function schedule(ms: number): void {
    const at = Math.max(performance.now() + ms, notBefore, asked);
    if (stopped || at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(run, at - performance.now());
  }

  /** Sends until the queue is empty or a request fails; the run that is under way, where there is one. */
  function run(): Promise<void> {
    clearTimeout(timer);
    due = Infinity;
    again = true;
    running ??= drain().finally(() => (running = undefined));
    return running;
  }

  const mustWait = (until: number): boolean => stopped || performance.now() < until;

  async function drain(): Promise<void> {
    while (!mustWait(Math.max(notBefore, asked))) {
      again = false;
      const { records, rest } = await queue.claim(limit);
      if (records.length === 0) {
        if (again) continue;
        // Events of other tabs, which are theirs to send, unless they turn out to have gone.
        if (rest > 0) schedule(OWN_MS);
        return;
      }
      await deliver(records);
    }
    schedule(0);
  }

  async function deliver(records: EventRecord[]): Promise<void> {
    queue.post(records);
    const reply = await send(writeBatch(records, new Date()), records.length);
    await queue.settle(records, judge(records, reply));
  }

  /** Counts what the reply says, and answers which events stay in the queue. */
  function judge(records: readonly EventRecord[], reply: Reply): Set<string> {
    const kept = new Set<string>();
    if (reply.kind === "verdict") {
      for (const error of reply.answer.errors) judgeOne(error, records, kept);
      counts.accepted += records.length - reply.answer.errors.length;
      if (kept.size > 0) backOff(reply.wait);
      else attempt = notBefore = 0;
      limit = Math.min(batchSize, limit * 2);
      return kept;
    }
    if (reply.kind === "refused" || (reply.kind === "split" && records.length === 1)) {
      giveUp(records.length, reply);
      return kept;
    }
    if (reply.kind === "split") limit = Math.ceil(records.length / 2);
    else backOff(reply.wait);
    return new Set(records.map(({ key }) => key));
  }

  function judgeOne(error: BatchAnswer["errors"][number], records: readonly EventRecord[], kept: Set<string>): void {
    const { index, error: code, path, message, retryable } = error;
    if (retryable) kept.add(records[index]?.key ?? "");
    else {
      tally(counts.rejected, code);
      report("rejected", `an event was refused, ${code}${path ? ` at ${path}` : ""}: ${message}`);
    }
  }

  function giveUp(n: number, reply: Reply & { kind: "refused" | "split" }): void {
    const code = reply.kind === "split" ? "too_large" : reply.code;
    if (reply.kind === "refused" && reply.own) tally(counts.rejected, code, n);
    else tally(counts.dropped, code as DropCause, n);
    report("rejected", `${n} events were refused for good: ${reply.reason}`);
  }

  function backOff(wait: number): void {
    counts.retries++;
    const now = performance.now();
    notBefore = now + fullJitter(++attempt, BACKOFF);
    asked = Math.max(asked, now + wait);
  }

  return {
    schedule,
    run,

    /** Tries now, unless the collector itself asked for a wait. */
    hurry(): Promise<void> {
      notBefore = 0;
      return Promise.resolve(running).then(run);
    },

    /** The page may not come back: posts what is at hand and fits the budget for requests that outlive it, without waiting for anything. */
    sendNow(): void {
      let room = KEEPALIVE_BYTES;
      while (!mustWait(asked)) {
        const records = cutBatch(queue.atHand(), batchSize);
        room -= utf8Length(writeBatch(records, new Date()));
        if (records.length === 0 || room < 0) return;
        void deliver(records);
      }
    },

    /** No request is made from now on. */
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** The pump. */
export type Pump = ReturnType<typeof createPump>;
