/** Posts events in batches, one after another, no faster than asked. */
import { setTimeout as sleep } from "node:timers/promises";
import { WIRE_LIMITS, type BatchAnswer, type WireEvent } from "../../client/src/wire/index.ts";

/** Events in one batch, at most. */
const BATCH = WIRE_LIMITS.events;
/** Batches a second that a rate is spread over. */
const BEATS = 5;

/** What the collector said to it all. */
export interface Posted {
  sent: number;
  accepted: number;
  /** Copies within one request. */
  duplicates: number;
  /** Refused events by code. */
  rejected: Record<string, number>;
  seconds: number;
}

interface PostOptions {
  events: AsyncIterable<WireEvent>;
  /** How many they are. */
  total: number;
  /** Resolves with verdicts, however often the batch has to be sent. */
  send: (events: WireEvent[]) => Promise<BatchAnswer>;
  /** Events a second at most. */
  rate: number | undefined;
  onProgress: (done: number) => void;
}

/** Posts all. Rejects as `send` does, and where nothing of a batch was taken for all its retries. */
export async function post({ events, total, send, rate, onProgress }: PostOptions): Promise<Posted> {
  const size = rate === undefined ? BATCH : Math.min(BATCH, Math.max(1, Math.round(rate / BEATS)));
  const posted: Posted = { sent: 0, accepted: 0, duplicates: 0, rejected: {}, seconds: 0 };
  const began = performance.now();
  for await (const batch of inBatches(events, size)) {
    if (rate !== undefined) await sleep(Math.max(0, began + (posted.sent / rate) * 1000 - performance.now()));
    const { accepted, duplicates, errors } = await send(batch);
    if (errors.length === batch.length && errors.every(({ retryable }) => retryable)) {
      const done = `${posted.sent} of ${total} events were taken before; another run sends the rest, and doubles nothing`;
      throw new Error(`the collector takes nothing: ${errors[0]?.message ?? "no answer"}. ${done}`);
    }
    posted.sent += batch.length;
    posted.accepted += accepted;
    posted.duplicates += duplicates;
    for (const { error } of errors) posted.rejected[error] = (posted.rejected[error] ?? 0) + 1;
    onProgress(posted.sent);
  }
  posted.seconds = (performance.now() - began) / 1000;
  return posted;
}

async function* inBatches(events: AsyncIterable<WireEvent>, size: number): AsyncGenerator<WireEvent[]> {
  let batch: WireEvent[] = [];
  for await (const event of events) {
    batch.push(event);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
