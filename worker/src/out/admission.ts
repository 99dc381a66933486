/**
 * What a queue may still be given, by what waits in it. Each send returns the backlog, so that a relay that is behind shows here
 * before the queue is full (25 GB a queue, https://developers.cloudflare.com/queues/platform/limits/), and callers keep their events.
 */
import type { Backlog, QueueProducer } from "./queue.ts";

/** How long a reported backlog counts, milliseconds. While nothing is sent, no newer one arrives. */
const FRESH_MS = 5_000;
/** Bytes of a message, at most. */
const MESSAGE_MAX_BYTES = 128_000;
/** How long a queue may take to say what waits in it, milliseconds. */
const ASK_MS = 1_000;

/**
 * `open`: everything is taken. `shedding`: over the limits, with SHED_EXPOSURES: outcomes are taken, exposures and decisions are not.
 * `closed`: nothing is taken; without SHED_EXPOSURES over the limits, with it over twice the limits.
 */
export type Admission = "open" | "shedding" | "closed";

/** What may wait in a queue before it is too much. */
export interface BacklogLimits {
  maxAgeSeconds: number;
  maxBytes: number;
  shedExposures: boolean;
}

/** The queues of taken events, and what may wait in each. */
interface QueueLimits {
  events: readonly QueueProducer[];
  backlog: BacklogLimits;
}

interface Seen {
  backlog: Backlog;
  at: number;
}

const seen = new WeakMap<QueueProducer, Seen>();

/** Keeps the backlog that a queue reported. */
export function noteBacklog(queue: QueueProducer, backlog: Backlog | undefined): void {
  if (backlog !== undefined) seen.set(queue, { backlog, at: Date.now() });
}

/** What may be taken now: by the fullest of the queues, since events of one request may go to each. */
export async function admission({ events, backlog }: QueueLimits): Promise<Admission> {
  let worst = 0;
  for (const queue of events) {
    const last = seen.get(queue);
    if (last === undefined) continue;
    let fullness = fullnessOf(last.backlog, backlog);
    // Only a queue that was too full is asked; any other says how it is with the next send.
    if (fullness > 1 && Date.now() - last.at > FRESH_MS) {
      seen.set(queue, { ...last, at: Date.now() });
      noteBacklog(queue, await ask(queue));
      fullness = fullnessOf(seen.get(queue)?.backlog ?? last.backlog, backlog);
    }
    worst = Math.max(worst, fullness);
  }
  if (worst <= 1) return "open";
  return backlog.shedExposures && worst <= 2 ? "shedding" : "closed";
}

/** Above 1: over one of the limits, by this factor. */
function fullnessOf({ backlogBytes, oldestMessageTimestamp }: Backlog, limits: BacklogLimits): number {
  // As a Date by its types; a time in another form is not to fail every request.
  const oldest = new Date(oldestMessageTimestamp ?? 0).getTime();
  // Where nothing waits, some queues name no time and others that of 1970. And of what a single message can hold age says nothing: one
  // that is put off again and again must not close the collector for everybody.
  const ageSeconds = oldest > 0 && backlogBytes > MESSAGE_MAX_BYTES ? (Date.now() - oldest) / 1000 : 0;
  // A queue that says no number is not full: it would never be asked again.
  return Math.max(ageSeconds / limits.maxAgeSeconds, (backlogBytes || 0) / limits.maxBytes);
}

async function ask(queue: QueueProducer): Promise<Backlog | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ASK_MS);
  try {
    return await Promise.race([queue.metrics(), late]);
  } catch (error) {
    console.warn(JSON.stringify({ message: "a queue does not say what waits in it", error: String(error) }));
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
