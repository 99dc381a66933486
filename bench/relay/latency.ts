/**
 * How long a relay takes to confirm, at half of the load that it takes at most. Deliveries arrive when they arrive, whether or not those
 * before were answered, so that a relay that stalls is told by all that came meanwhile.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../lib/percentile.ts";
import type { Contender } from "./contenders.ts";
import { type Prepared, prepareDelivery } from "./deliveries.ts";
import { PACK_EVENTS } from "./events.ts";
import { startContender } from "./load-relay.ts";
import { NotTaken, post, type Target } from "./post.ts";
import type { Stage } from "./stage.ts";

/** When a delivery that was refused comes again, milliseconds. */
const AGAIN_MS = 100;
/** How much longer than a run at full load, which makes five minutes: one delivery in a hundred is told, and those of a bad moment come together. */
const LONGER = 15;

/** What it came to, milliseconds from the moment a delivery was due to its response. */
export interface Latency {
  /** Messages in each delivery. */
  messages: number;
  /** Events a second that were offered. */
  rate: number;
  deliveries: number;
  p50: number;
  p99: number;
}

/** Offers a relay `rate` events a second, in deliveries of `messages`, which arrive at random (a Poisson process). */
export async function measureLatency(
  contender: Contender,
  { stage, rate, messages }: { stage: Stage; rate: number; messages: number },
): Promise<Latency> {
  const prefix = `bench.${Date.now()}.`;
  const relay = await startContender(contender, prefix, stage);
  const free: Prepared[] = [];
  const take = (): Prepared => free.pop() ?? prepareDelivery(stage.packs, messages);
  const arrivals = { everyMs: (messages * PACK_EVENTS * 1000) / rate, take, give: (used: Prepared) => void free.push(used) };
  try {
    await arrive(relay, { ...arrivals, ms: stage.times.warmUpMs });
    const waits = await arrive(relay, { ...arrivals, ms: LONGER * stage.times.ms });
    return { messages, rate, deliveries: waits.length, p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) };
  } finally {
    await relay.stop();
    await stage.broker.sweep(prefix);
  }
}

interface Arrivals {
  ms: number;
  /** Milliseconds between two deliveries, in the mean. */
  everyMs: number;
  take: () => Prepared;
  give: (used: Prepared) => void;
}

/** Returns the milliseconds that each delivery took. */
async function arrive(target: Target, { ms, everyMs, take, give }: Arrivals): Promise<number[]> {
  const answers: Promise<number>[] = [];
  const began = performance.now();
  for (let due = began; due < began + ms; due += -Math.log(1 - Math.random()) * everyMs) {
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    const delivery = take();
    const moment = due;
    const answered = postUntilTaken(target, delivery).then(() => {
      give(delivery);
      return performance.now() - moment;
    });
    // It is read at the end; a refusal until then is not lost.
    answered.catch(() => {});
    answers.push(answered);
  }
  return Promise.all(answers);
}

/** One that is refused comes again, as the queue has it; the time counts. */
async function postUntilTaken(target: Target, delivery: Prepared): Promise<void> {
  for (;;) {
    try {
      return await post(target, delivery);
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error;
      await sleep(AGAIN_MS);
    }
  }
}
