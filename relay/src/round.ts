/**
 * One round: claim -> publish -> settle, each durable before the next, and the settling of what earlier rounds left unknown.
 *
 * A batch that the bus refuses in part is planned again, with what it refuses among the dead letters; one that a topic alone holds up,
 * without that topic.
 */
import type { Verdict } from "@sightline/worker/delivery";
import { type Bus, type BusRecord, PublishError, type Refusal, type UnderWay } from "./bus/bus.ts";
import type { TopicSettings } from "./bus/topics.ts";
import type { Decoded } from "./decode-delivery.ts";
import type { Line } from "./decode.ts";
import { type Plan, type PlanContext, planRound, type Taken } from "./dedup/claim.ts";
import type { Store } from "./dedup/store.ts";
import { buryRecord } from "./dlq/bury.ts";
import { NotTaking } from "./not-taking.ts";
import type { Observer } from "./observe.ts";
import { failPoint } from "./policy/fail-point.ts";
import type { PublishPolicy } from "./policy/publish-policy.ts";
import { failedRound, roundReport } from "./round-report.ts";

/** When the queue shall deliver again after a batch that failed while the breaker stayed closed. */
const RETRY_SECONDS = 2;

export interface RoundOptions extends Pick<PlanContext, "dedup" | "deadLetters"> {
  bus: Bus;
  store: Store;
  policy: PublishPolicy;
  topics: TopicSettings;
  now?: () => Date;
  /** Told of each round that is over. */
  observer?: Observer;
}

export interface Rounds {
  /** Runs a round; `decode` gives its deliveries. Answers the verdicts of each. Rejects with a {@link NotTaking}, or where the store fails. */
  run(decode: () => Decoded[]): Promise<Verdict[][]>;
  /** Settles what was left under way; `lastBatch` is the highest number that the bus remembers. */
  begin(lastBatch: number): Promise<void>;
}

/** Makes the rounds of a relay; they must run one after another. */
export function createRounds(options: RoundOptions): Rounds {
  const { bus, store, policy, topics, now = () => new Date(), observer } = options;
  let number = store.lastBatch();

  const settleUnknown = async (): Promise<void> => {
    for (const batch of store.underWay()) {
      const settled = await bus.settle(batch);
      if (settled === "absent") store.release(batch.number);
      else {
        if (settled !== "published") await publishMissing(batch, settled.missing);
        store.settle(batch.number);
      }
    }
  };

  /** What the bus refuses of it now, it would refuse for ever. */
  const publishMissing = async (batch: UnderWay, records: BusRecord[]): Promise<void> => {
    try {
      await bus.publish({ number: batch.number, records });
    } catch (error) {
      if (!(error instanceof PublishError) || !error.refused) throw error;
      const { refused, missing = records } = error;
      const dead = missing.map((record) => {
        const refusal = refused.get(record);
        return refusal ? buryRecord(record, { ...refusal, now: now(), claimedAt: batch.claimedAt }, topics) : record;
      });
      await bus.publish({ number: batch.number, records: dead });
    }
  };

  const notTaking = (cause: Error): NotTaking => {
    const stopped = policy.stopped();
    const message = stopped ?? `the bus ${bus.name} did not take a batch: ${cause.message}`;
    return new NotTaking(message, stopped === undefined ? RETRY_SECONDS : policy.restSeconds, { cause });
  };

  /** Claims and publishes what a plan of the round says, planned again until nothing of it is refused. */
  const publish = async (round: Taken[]): Promise<{ plan: Plan; from: number }> => {
    const refusals = new Map<Line, Refusal[]>();
    const published = new Set<Line>();
    number++;
    for (;;) {
      const at = now();
      const plan = planRound(round, { ...options, now: at, rest: policy.rest, refusals });
      const left = plan.records.flatMap((record, index) =>
        published.has(plan.lines[index]!) ? [] : [{ record, line: plan.lines[index]! }],
      );
      const records = left.map(({ record }) => record);
      store.claim(number, bus.capabilities.transactions ? plan.claim : { ...plan.claim, records });
      failPoint("after_claim");
      const from = Date.now();
      try {
        if (records.length > 0) await policy.publish({ number, claimedAt: at.toISOString(), records });
        return { plan, from };
      } catch (error) {
        if (!(error instanceof PublishError)) throw error;
        const { outcome, refused, missing, topic } = error;
        if (missing) for (const { record, line } of left) if (!missing.includes(record)) published.add(line);
        if (outcome === "absent") {
          for (const { record, line } of left) {
            const refusal = refused?.get(record);
            if (refusal) refusals.set(line, [...(refusals.get(line) ?? []), refusal]);
          }
          if (refused || (topic !== undefined && policy.rest(topic) !== undefined)) continue;
          // Unknown stays under way, and so does what is on the bus in part. Otherwise the bus has nothing of it.
          if (published.size === 0) store.release(number);
        }
        throw notTaking(error);
      }
    }
  };

  return {
    async run(decode) {
      const deliveries = decode();
      const startedAt = Math.min(...deliveries.map((delivery) => delivery.startedAt));
      const taken = deliveries.flatMap((delivery) => delivery.taken);
      try {
        if (store.underWay().length > 0)
          await policy.call(settleUnknown).catch((error: Error) => Promise.reject(notTaking(error)));
        if (taken.length === 0) return deliveries.map((delivery) => verdictsOf(delivery, undefined));
        const { plan, from } = await publish(taken);
        const publishedAt = Date.now();
        failPoint("after_publish");
        store.settle(number);
        failPoint("after_settle");
        observer?.onRound?.(roundReport(taken, plan, { startedAt, publishedFrom: from, publishedAt, settledAt: Date.now() }));
        return deliveries.map((delivery) => verdictsOf(delivery, plan));
      } catch (error) {
        observer?.onFailedRound?.(failedRound(taken, startedAt, error as Error));
        throw error;
      }
    },
    async begin(lastBatch) {
      // A relay whose own store was lost must not use a number again that the bus remembers as taken.
      number = Math.max(number, lastBatch);
      await settleUnknown();
    },
  };
}

/** A verdict for each message of a delivery. */
function verdictsOf({ delivery, later }: Decoded, plan: Plan | undefined): Verdict[] {
  const again = new Map(later.map((verdict) => [verdict.id, verdict]));
  for (const [{ queue, message }, { seconds, reason }] of plan?.held ?? []) {
    if (queue === delivery.queue) again.set(message.id, { id: message.id, verdict: "retry", delay_seconds: seconds, reason });
  }
  return delivery.messages.map(({ id }) => again.get(id) ?? { id, verdict: "ack" });
}
