/** One round: decode -> claim -> publish -> settle -> verdicts, each durable before the next, after what earlier rounds left unknown. */
import type { Verdict } from "@sightline/worker/delivery";
import { type Bus, PublishError } from "../../bus/port/bus.ts";
import type { DecodedDelivery } from "../decode/decode-delivery.ts";
import type { Plan } from "../plan/plan-round.ts";
import { StateError, StoreFull } from "../../lib/database.ts";
import { NotTaking } from "../source/not-taking.ts";
import type { Observer } from "../telemetry/observer.ts";
import { failPoint } from "../../lib/fail-point.ts";
import type { PublishPolicy } from "../../bus/policy/publish-policy.ts";
import { publishRound, type PublishParts } from "./publish-round.ts";
import { failedRound, roundReport } from "./round-report.ts";
import { settleUnknown } from "./settle-unknown.ts";

/** When the queue shall deliver again after a batch that failed while the breaker stayed closed. */
const RETRY_SECONDS = 2;
/** For how long nothing is taken after the store failed: each delivery counts as an attempt, so it is not to be tried with every one. */
const STORE_REST_SECONDS = 5;

export interface RoundOptions extends Omit<PublishParts, "now" | "bus" | "policy"> {
  bus: Bus;
  policy: PublishPolicy;
  now?: () => Date;
  /** Told of each round that is over. */
  observer?: Observer;
}

export interface Rounds {
  /** Runs a round; `decode` gives its deliveries. Returns the verdicts of each. Rejects with a {@link NotTaking}. */
  run(decode: () => DecodedDelivery[]): Promise<Verdict[][]>;
  /** Settles what was left under way; `lastBatch` is the highest number that the bus remembers. Rejects with a StateError for a lost store. */
  begin(lastBatch: number): Promise<void>;
  /** Why nothing is to be taken: the relay itself failed a moment ago. Undefined where it works, or is to be tried again. */
  trouble(): string | undefined;
}

/** Makes the rounds of a relay; they must run one after another. */
export function createRounds({ now = () => new Date(), observer, ...parts }: RoundOptions): Rounds {
  const { bus, store, policy } = parts;
  let number = store.lastBatch();
  let trouble: { reason: string; until: number } | undefined;
  const settle = (): Promise<void> => settleUnknown(parts, now);

  const busIsDown = (cause: Error): NotTaking => {
    const stopped = policy.stopped();
    const message = stopped ?? `the bus ${bus.name} did not take a batch: ${cause.message}`;
    return new NotTaking(message, stopped === undefined ? RETRY_SECONDS : Math.max(1, Math.ceil(policy.restMs() / 1000)), {
      cause,
    });
  };

  /** What is not the bus's fault is the store's, or the relay's own: nothing of the round is acked, and the queue keeps it. */
  const toNotTaking = (error: Error): NotTaking => {
    if (error instanceof NotTaking) return error;
    if (error instanceof PublishError) return busIsDown(error);
    // What is damaged stays so; a full disk may have room again.
    const isForGood = error instanceof StateError && !(error instanceof StoreFull);
    trouble = {
      reason: `the relay failed: ${error.message}`,
      until: isForGood ? Infinity : Date.now() + STORE_REST_SECONDS * 1000,
    };
    return new NotTaking(trouble.reason, STORE_REST_SECONDS, { cause: error });
  };

  const notSettled = (error: Error): never => {
    throw error instanceof StateError ? error : busIsDown(error);
  };

  return {
    async run(decode) {
      const deliveries = decode();
      const startedAt = Math.min(...deliveries.map((delivery) => delivery.startedAt));
      const taken = deliveries.flatMap((delivery) => delivery.messages);
      try {
        if (store.underWay().length > 0) await policy.call(settle).catch(notSettled);
        if (taken.length === 0) return deliveries.map((delivery) => verdictsOf(delivery, undefined));
        const { plan, from } = await publishRound(taken, ++number, { ...parts, now });
        const publishedAt = Date.now();
        failPoint("after_publish");
        store.settle(number);
        // The bus knows nothing of a batch without records, so after a crash it could not tell that this one was settled.
        if (plan.records.length === 0) store.flush();
        failPoint("after_settle");
        observer?.onRound?.(roundReport(taken, plan, { startedAt, publishedFrom: from, publishedAt, settledAt: Date.now() }));
        return deliveries.map((delivery) => verdictsOf(delivery, plan));
      } catch (error) {
        observer?.onFailedRound?.(failedRound(taken, startedAt, error as Error));
        throw toNotTaking(error as Error);
      }
    },
    async begin(lastBatch) {
      if (number === 0 && lastBatch > 0) {
        throw new StateError(
          `the store has never seen a batch, and the bus remembers ${lastBatch} of this relay: what was published would be published again. ` +
            "Put back its DATA_DIR, or run `sightline dedup rebuild`; a relay that is another one needs another RELAY_SLOT",
        );
      }
      // One that is older than the bus must not use a number again that the bus remembers as taken.
      number = Math.max(number, lastBatch);
      await settle();
    },
    trouble: () => (trouble !== undefined && Date.now() < trouble.until ? trouble.reason : undefined),
  };
}

/** A verdict for each message of a delivery. */
function verdictsOf({ delivery, later }: DecodedDelivery, plan: Plan | undefined): Verdict[] {
  const again = new Map(later.map((verdict) => [verdict.id, verdict]));
  for (const [{ queue, message }, { seconds, reason }] of plan?.deferred ?? []) {
    if (queue === delivery.queue) again.set(message.id, { id: message.id, verdict: "retry", delay_seconds: seconds, reason });
  }
  return delivery.messages.map(({ id }) => again.get(id) ?? { id, verdict: "ack" });
}
