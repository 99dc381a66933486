import type { Report } from "../errors/errors.ts";
import { doubled } from "../lib/doubled.ts";
import { fullJitter } from "../lib/full-jitter.ts";
import type { Queue } from "./queue.ts";
import type { EventRecord } from "./record.ts";
import { FINAL_CODES, type Reply } from "./reply.ts";
import { tally, type Counts } from "./stats.ts";

/** Waits of a page that is seen: while events wait it tries again within 5 s, so that an outage is over for it when it is over. */
const SEEN = { base: 1_000, cap: 3_500 };

/** Waits of a page that nobody looks at. */
const UNSEEN = { base: 1_000, cap: 60_000 };

/** Requests in a row that came to nothing, after which it is told. */
const TOLD_AFTER = 5;

/** An unseen page tries an endpoint that nothing gets to, although there is a network, again after 5, 10, 20, 40, then every 60 minutes. */
const BREAKER = { base: 300_000, cap: 3_600_000 };

/** Responses in a row that are no verdict, after which other events get their turn. */
const REFUSED_AFTER = 5;

/** How much is sent, and when: what the responses so far have come to. */
export interface Pace {
  /** Events of the next request at most. */
  limit: number;
  /** Requests in a row that have to be made again. */
  failures: number;
  /** Requests in a row that did not get to the collector. */
  cuts: number;
  /** On the page's monotonic clock: before this moment nothing is sent. */
  notBefore: number;
  /** That is the collector's word: it holds for a page that goes away too. */
  isFirm: boolean;
}

/** What a judge works with. */
export interface JudgeOptions {
  queue: Queue;
  counts: Counts;
  report: Report;
  /** Events of one request at most. */
  most: number;
  /** Whether somebody can see the page. */
  isSeen: () => boolean;
  /** The collector has responded with verdicts. */
  onVerdict: () => void;
}

/** Makes what judges replies, and sets the pace by them. */
export function createJudge({ queue, counts, report, most, isSeen, onVerdict }: JudgeOptions, pace: Pace) {
  /** That is told once, until the collector responds. */
  let isTold = false;

  function refuse(code: string, n: number, reason: string): void {
    tally(counts.rejected, code, n);
    report("rejected", reason, code);
  }

  /** Plans the next attempt. What did not get to the collector, or cut it off, is tried in halves: one event may be what ends them all. */
  function retry(batch: readonly EventRecord[], reply: Reply, leaving?: boolean): void {
    const { status, wait, code } = reply;
    const isAnswered = status >= 500 || status === 408 || status === 429;
    // `onLine` is a hint: false is to be believed. What a page sends as it goes fails together, and says little.
    const isTelling = !leaving && navigator.onLine !== false;
    if (isAnswered) pace.cuts = 0;
    else if (isTelling) pace.cuts++;
    backOff(wait);
    tell(reply, isAnswered);
    if (!isTelling) return;
    const isTurn = pace.failures % REFUSED_AFTER === 0;
    const isCut = !code && status !== 429;
    const isOne = batch.length === 1;
    // A collector that is back is asked by one event, and not by all that wait.
    if (isTurn) pace.limit = 1;
    else if (!isOne && isCut) halve(batch);
    if (isTurn || (isOne && isCut)) queue.postpone(batch);
  }

  function halve(batch: readonly EventRecord[]): void {
    pace.limit = Math.ceil(batch.length / 2);
  }

  /** Tells once, until the collector takes events again, that they wait for longer than a moment. */
  function tell({ status, wait, reason }: Reply, isAnswered: boolean): void {
    const isLong = pace.failures >= TOLD_AFTER;
    if (isTold || !(isAnswered ? isLong || wait > SEEN.cap : pace.cuts >= TOLD_AFTER || status > 0)) return;
    isTold = true;
    if (isAnswered) report("delayed", `${reason}: events are kept, and sent again in ${Math.ceil(wait / 1_000)} s or more`);
    else report("endpoint_blocked", `${reason}: expected a response of the collector; events are kept`);
  }

  /** Waits for as long as the collector asks, or for a time of the page's own. */
  function backOff(asked: number): void {
    const { cuts } = pace;
    counts.retries++;
    pace.failures++;
    pace.isFirm = asked > 0;
    const isBroken = cuts >= TOLD_AFTER && !isSeen();
    const own = isBroken ? doubled(cuts - TOLD_AFTER + 1, BREAKER) : fullJitter(pace.failures, isSeen() ? SEEN : UNSEEN);
    pace.notBefore = performance.now() + Math.max(asked, own);
  }

  /** Counts what the reply says, and returns which events stay in the queue: all but those that the collector itself has decided on. */
  return function judge(batch: readonly EventRecord[], reply: Reply | undefined, leaving?: boolean): readonly EventRecord[] {
    if (!reply) return batch;
    const { status, answer, wait, code = "", reason } = reply;
    const n = batch.length;
    const kept: EventRecord[] = [];
    if (answer) {
      pace.cuts = 0;
      for (const { index, error, path = "event", message, retryable } of answer.errors) {
        if (retryable) kept.push(batch[index]!);
        else refuse(error, 1, `${error} at ${path}: ${message}`);
      }
      counts.accepted += n - answer.errors.length;
      pace.limit = Math.min(most, pace.limit * 2);
      if (kept.length > 0) backOff(wait);
      else pace.failures = pace.notBefore = 0;
      // A collector whose own queue is down responds with a verdict for each, and takes none.
      if (kept.length === n) tell(reply, true);
      else isTold = false;
      onVerdict();
      return kept;
    }
    const ofOneHead = batch.findIndex(({ head }) => head !== batch[0]!.head);
    if (status === 413 && n > 1) halve(batch);
    // One head may be what is refused, and must not take the others along; and a collector of a version before takes but one.
    else if (status === 400 && code && ofOneHead > 0) pace.limit = ofOneHead;
    else if (FINAL_CODES.test(code)) {
      refuse(code, n, reason);
      return kept;
    } else retry(batch, reply, leaving);
    return batch;
  };
}
