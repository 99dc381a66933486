/**
 * The way of the data through the relay: decode -> claim -> publish -> settle -> verdict, in rounds, each durable before the next.
 *
 * Deliveries that wait together make one round, and one that is too much for a round goes in parts. Nothing is acked before its batch,
 * dead letters included, is on the bus. Where the bus is down the round is given back to the queue, and nothing more is taken until the
 * bus is there again.
 */
import type { Delivery, Verdict } from "@sightline/worker/delivery";
import { type Bus, PublishError } from "./bus/bus.ts";
import type { TopicSettings } from "./bus/topics.ts";
import { cutDelivery, type Part } from "./cut-delivery.ts";
import { decode } from "./decode.ts";
import { planRound, type Taken } from "./dedup/claim.ts";
import type { Store } from "./dedup/store.ts";
import type { PublishPolicy } from "./policy/publish-policy.ts";
import { failPoint } from "./policy/fail-point.ts";

/** Bytes of queue messages in one round, unpacked, at most, unless one message alone has more. */
const ROUND_BYTES = 4 * 1024 * 1024;

/** When the queue shall deliver again after a batch that failed while the breaker stayed closed. */
const RETRY_SECONDS = 2;

/** The relay takes nothing now; the queue shall deliver again after `retryAfter` seconds. */
export class NotTaking extends Error {
  override readonly name = "NotTaking";
  readonly retryAfter: number;

  constructor(reason: string, retryAfter: number, options?: ErrorOptions) {
    super(reason, options);
    this.retryAfter = retryAfter;
  }
}

export interface Pipeline {
  /** Takes a delivery; resolves with a verdict for each message. Rejects with {@link NotTaking}. */
  take(delivery: Delivery): Promise<Verdict[]>;
  /** Settles what a crash left under way. To be called once the bus is open, with its highest batch number, before anything is taken. */
  begin(lastBatch: number): Promise<void>;
  /** Resolves when no round is running and none waits. */
  idle(): Promise<void>;
}

interface PipelineOptions {
  bus: Bus;
  store: Store;
  policy: PublishPolicy;
  topics: TopicSettings;
  now?: () => Date;
}

interface Waiting extends Part {
  resolve: (verdicts: Verdict[]) => void;
  reject: (error: unknown) => void;
}

/** Makes the pipeline. */
export function createPipeline({ bus, store, policy, topics, now = () => new Date() }: PipelineOptions): Pipeline {
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let number = store.lastBatch();

  const settleUnknown = async (): Promise<void> => {
    for (const batch of store.underWay()) {
      if ((await bus.settle(batch)) === "published") store.settle(batch.number);
      else store.release(batch.number);
    }
  };

  const busIsDown = (cause: Error): NotTaking => {
    const stopped = policy.stopped();
    const message = stopped ?? `the bus ${bus.name} did not take a batch: ${cause.message}`;
    return new NotTaking(message, stopped === undefined ? RETRY_SECONDS : policy.restSeconds, { cause });
  };

  const publish = async (round: Taken[]): Promise<void> => {
    const { records, claim } = planRound(round, store, topics, now());
    number++;
    store.claim(number, claim);
    failPoint("after_claim");
    try {
      if (records.length > 0) await policy.publish({ number, records });
      failPoint("after_publish");
    } catch (error) {
      if (!(error instanceof PublishError)) throw error;
      // Unknown stays under way, and is settled before the next round. Otherwise the bus has nothing of it.
      if (error.outcome === "absent") store.release(number);
      throw busIsDown(error);
    }
    store.settle(number);
    failPoint("after_settle");
  };

  const runRound = async (round: Waiting[]): Promise<void> => {
    const taken: Taken[] = [];
    const later: Verdict[] = [];
    for (const { delivery } of round) {
      for (const message of delivery.messages) {
        const decoded = decode(message.body);
        if ("lines" in decoded) taken.push({ queue: delivery.queue, message, lines: decoded.lines });
        else later.push({ id: message.id, verdict: "retry", delay_seconds: 60, reason: decoded.later });
      }
    }
    if (store.underWay().length > 0) await policy.call(settleUnknown).catch((error: Error) => Promise.reject(busIsDown(error)));
    if (taken.length > 0) await publish(taken);
    for (const { delivery, resolve } of round) {
      resolve(delivery.messages.map(({ id }) => later.find((verdict) => verdict.id === id) ?? { id, verdict: "ack" }));
    }
  };

  const nextRound = (): Waiting[] => {
    let bytes = 0;
    const fits = waiting.findIndex((entry) => (bytes += entry.bytes) > ROUND_BYTES);
    const size = fits === -1 ? waiting.length : Math.max(1, fits);
    const round = waiting.slice(0, size);
    waiting = waiting.slice(size);
    return round;
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const round = nextRound();
      try {
        await runRound(round);
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    running = undefined;
  };

  const takePart = (part: Part): Promise<Verdict[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ ...part, resolve, reject });
      running ??= Promise.resolve().then(run);
    });

  return {
    async take(delivery) {
      const verdicts: Verdict[] = [];
      // A part waits for the one before: where that is not taken, none is that came after it. The next one is there before a round that
      // settled its predecessor ends, so `idle` waits for all.
      for (const part of cutDelivery(delivery, ROUND_BYTES)) verdicts.push(...(await takePart(part)));
      return verdicts;
    },
    async begin(lastBatch) {
      await running;
      // A relay whose own store was lost must not use a number again that the bus remembers as taken.
      number = Math.max(number, lastBatch);
      await settleUnknown();
    },
    async idle() {
      await running;
    },
  };
}
