/**
 * Brings dead letters back: through the running relay, as messages of a queue of their own, so that one place alone decides what is
 * published, and counts it. A message bears its dead letter's id, by which the relay knows what it was brought before.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Delivery, DeliveryMessage, Verdict } from "@sightline/worker/delivery";
import { packLines } from "@sightline/worker/pack";
import type { DeadLetter } from "../../bus/records/dead-letter.ts";
import { RelayBusy } from "./relay-client.ts";
import { REPLAY_QUEUE } from "../../service/plan/replay-queue.ts";

/** Dead letters in one delivery. */
const BATCH_SIZE = 100;
/** Bytes of messages in one delivery, at most, unless one dead letter alone has more. */
const BATCH_BYTES = 1_000_000;
/** Errors of a message as a whole: what is kept of it is its body, and not a line of it. */
const WHOLE_MESSAGES = new Set(["undecodable_pack", "poison_message"]);
/** How long a relay that takes nothing is waited for, milliseconds. */
const PATIENCE_MS = 300_000;

interface ReplayOptions {
  /** In the order in which they shall be published. */
  deadLetters: AsyncIterable<DeadLetter>;
  /** Brings a delivery to the relay, as {@link createRelayClient} makes it. */
  deliver: (delivery: Delivery) => Promise<Verdict[]>;
  /** Told how many dead letters the relay has settled. */
  onProgress?: (settled: number) => void;
  /** Told why the relay is being waited for. */
  onWait?: (reason: string, seconds: number) => void;
  /** @default five minutes, in milliseconds */
  patienceMs?: number;
}

/** How far a replay came. */
export interface Replayed {
  /** Ids of the dead letters that the relay has settled: they are on the bus, or in the dead letters again. */
  settled: string[];
  /** Why it ended before the last dead letter; undefined where it did not. */
  stopped: string | undefined;
}

/**
 * Brings dead letters to the relay, a bounded batch after the other, each settled before the next: so what comes later does not overtake. Waits
 * for a relay that takes nothing now. Rejects where no relay responds at first, or where waiting does not help.
 */
export async function replayDeadLetters({
  deadLetters,
  deliver,
  onProgress,
  onWait,
  patienceMs = PATIENCE_MS,
}: ReplayOptions): Promise<Replayed> {
  const settled: string[] = [];
  let reached = false;

  /** Brings messages until each is settled; resolves with the reason where that took longer than the patience. */
  const bring = async (messages: DeliveryMessage[]): Promise<string | undefined> => {
    let left = messages;
    for (let since = performance.now(); ;) {
      const { done, wait, reason } = await bringOnce(left, deliver, reached);
      reached = true;
      if (done.size > 0) since = performance.now();
      settled.push(...done);
      onProgress?.(settled.length);
      left = left.filter(({ id }) => !done.has(id));
      if (left.length === 0) return undefined;
      if (performance.now() - since + wait * 1000 > patienceMs) return reason;
      onWait?.(reason, wait);
      await sleep(wait * 1000);
    }
  };

  for await (const messages of batches(deadLetters)) {
    const stopped = await bring(messages);
    if (stopped !== undefined) return { settled, stopped };
  }
  return { settled, stopped: undefined };
}

/** What one delivery came to: ids that are settled; for the others how long to wait, seconds, and why. */
interface Brought {
  done: Set<string>;
  wait: number;
  reason: string;
}

async function bringOnce(messages: DeliveryMessage[], deliver: ReplayOptions["deliver"], reached: boolean): Promise<Brought> {
  try {
    const verdicts = await deliver({ queue: REPLAY_QUEUE, messages });
    const done = new Set(verdicts.filter(({ verdict }) => verdict === "ack").map(({ id }) => id));
    const retries = verdicts.filter((verdict) => verdict.verdict === "retry");
    const wait = Math.max(1, ...retries.map(({ delay_seconds }) => delay_seconds));
    return { done, wait, reason: retries[0]?.reason ?? "the relay gave no verdict" };
  } catch (error) {
    // A relay that restarts is waited for; one that was never there is not.
    if (!(error instanceof RelayBusy) || !(error.answered || reached)) throw error;
    return { done: new Set(), wait: error.retryAfter, reason: error.message };
  }
}

async function* batches(deadLetters: AsyncIterable<DeadLetter>): AsyncGenerator<DeliveryMessage[]> {
  let batch: DeliveryMessage[] = [];
  let bytes = 0;
  for await (const deadLetter of deadLetters) {
    const message = asMessage(deadLetter);
    const size = Buffer.byteLength(message.body);
    if (batch.length === BATCH_SIZE || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** A dead letter as a message of the queue. */
export function asMessage({ id, original, metadata, tenant_id }: DeadLetter): DeliveryMessage {
  const first = Date.parse(metadata.first_seen_at);
  const sent_at = new Date(Number.isNaN(first) ? Date.now() : first).toISOString();
  const body = WHOLE_MESSAGES.has(metadata.error_code) ? original : asPack(original, tenant_id, sent_at);
  return { id, attempts: 1, sent_at, body };
}

/**
 * The tenant is the one that the relay wrote beside the event, never one that the original names: a line that was refused for naming
 * another tenant than its pack must not pass by way of a replay.
 */
function asPack(line: string, tenant_id: string, received_at: string): string {
  const [pack] = packLines([{ line, bytes: Buffer.byteLength(line) }], { tenant_id, kind: "events", received_at });
  return pack?.text ?? "";
}
