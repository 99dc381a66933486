/**
 * Moves events from the queue to the collector: one request at a time, waits that grow with full jitter, and a queue that is only ever
 * shortened by a verdict. The exception to "one at a time" is a page that goes away: it sends what it has while it still can.
 */
import { utf8Length } from "../lib/utf8-length.ts";
import { cutBatch, KEEPALIVE_BYTES, writeBatch } from "./batch.ts";
import { createJudge, type JudgeOptions, type Pace } from "./judge.ts";
import { compress, type Body, type Post } from "./post.ts";
import type { EventRecord } from "./record.ts";

/** Milliseconds from one request to the next for outcomes: those that come faster share one. */
const APART_MS = 500;

/** What the sender works with. */
export interface QueueSenderOptions extends JudgeOptions {
  post: Post;
}

/** Makes the sender of a queue; it does nothing before {@link QueueSender.schedule} or {@link QueueSender.flush}. */
export function createQueueSender(options: QueueSenderOptions) {
  const { queue, most, post } = options;
  const pace: Pace = { limit: most, failures: 0, cuts: 0, notBefore: 0, isFirm: false };
  const judge = createJudge(options, pace);
  let due = Infinity;
  let postedAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = Promise.resolve();

  const isFree = (): boolean => performance.now() >= pace.notBefore;
  const mayLeave = (): boolean => !pace.isFirm || isFree();

  /** Runs at a moment of the page's monotonic clock, or earlier where that was planned, but not before a wait is over. */
  function runAt(moment: number): void {
    const at = Math.max(moment, pace.notBefore);
    if (at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(run, at - performance.now());
  }

  /** Runs in `ms` milliseconds, in the same way. */
  const schedule = (ms: number): void => runAt(performance.now() + ms);

  /** Sends what is there, one run after the other, until it has its verdicts or a request fails. */
  function run(): Promise<void> {
    clearTimeout(timer);
    due = Infinity;
    return (running = running.then(drain));
  }

  async function drain(): Promise<void> {
    let last: EventRecord | undefined;
    do {
      const records = isFree() ? await queue.next() : [];
      // What is recorded from now on waits for its own time.
      last ??= records[records.length - 1];
      const batch = cutBatch(records, pace.limit);
      if (batch.length === 0) break;
      const body = await compress(writeBatch(batch));
      // Meanwhile the page may have been hidden and have posted some of them, or another tab have taken them over.
      const free = queue.free();
      if (batch.every((record) => free.includes(record))) await deliver(batch, body);
    } while (queue.free().includes(last!));
    // By what is left and not by the clock: a wait may be over meanwhile, and Firefox's clock has steps.
    const left = queue.free();
    const isLeft = left.length > 0 && (pace.failures > 0 || left.includes(last!));
    if (last) await queue.look();
    schedule(isLeft ? 0 : queue.lookIn());
  }

  function deliver(batch: readonly EventRecord[], body: Body, leaving?: boolean): Promise<void> {
    postedAt = performance.now();
    return queue.carry(
      batch,
      post(body, batch.length, leaving).then((reply) => judge(batch, reply, leaving)),
    );
  }

  /** The page may only be hidden, and stay: then what did not arrive is sent again as usual. */
  async function leave(batch: readonly EventRecord[], body: string): Promise<void> {
    await deliver(batch, body, true);
    schedule(0);
  }

  return {
    schedule,

    /** Runs at once, or soon after the request before, but within `ms` milliseconds. */
    soon: (ms: number): void => runAt(Math.min(postedAt + APART_MS, performance.now() + ms)),

    /** Tries now, unless the collector itself asked for a wait. */
    flush(): Promise<void> {
      if (!pace.isFirm) pace.notBefore = 0;
      return run();
    },

    /** Whether a page that goes now posts all that it has, and nothing speaks against its arrival. */
    postsAll: (): boolean =>
      pace.failures === 0 && navigator.onLine && cutBatch(queue.free(), most).length === queue.free().length,

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

    /** Milliseconds until the next request may be made; 0 where nothing is waited for. */
    retryIn: (): number => Math.max(0, Math.ceil(pace.notBefore - performance.now())),

    /** No request is made from now on. */
    stop(): void {
      pace.notBefore = Infinity;
      pace.isFirm = true;
      clearTimeout(timer);
    },
  };
}

/** The sender of a queue. */
export type QueueSender = ReturnType<typeof createQueueSender>;
