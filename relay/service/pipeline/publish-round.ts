/**
 * Claims a round and publishes its batch. What the bus refuses of it is planned again as dead letters; where one topic holds it up, it is
 * planned again without that topic.
 */
import { PublishError, type Refusal } from "../../bus/port/bus.ts";
import { keepsRecords, type Recovery } from "../../bus/port/settle.ts";
import type { DecodedMessage } from "../decode/decode-delivery.ts";
import type { Line } from "../decode/line.ts";
import { type Plan, type PlanContext, planRound } from "../plan/plan-round.ts";
import type { Store } from "../../state/store.ts";
import { failPoint } from "../../lib/fail-point.ts";
import type { PublishPolicy } from "../../bus/policy/publish-policy.ts";

/** What a round is published with. */
export interface PublishParts extends Omit<PlanContext, "now" | "rest" | "refusals"> {
  bus: Recovery;
  store: Store;
  policy: Pick<PublishPolicy, "publish" | "rest">;
  now: () => Date;
  /** Is called when the round is claimed, before the bus is given it. */
  onHandOver?: () => void;
}

/** A round whose batch is on the bus. */
export interface Published {
  plan: Plan;
  /** When the bus was given it, milliseconds since 1970. */
  from: number;
}

/** Publishes a round under a batch number. Rejects with a {@link PublishError}: a batch of unknown outcome is then under way in the store. */
export async function publishRound(round: DecodedMessage[], number: number, parts: PublishParts): Promise<Published> {
  const { bus, store, policy } = parts;
  const refusals = new Map<Line, Refusal[]>();
  const published = new Set<Line>();
  let claimedAt: string | undefined;
  for (;;) {
    const now = parts.now();
    const plan = planRound(round, { ...parts, now, rest: policy.rest, refusals, published });
    const lines = plan.lines.filter((line) => !published.has(line));
    const records = plan.records.filter((_, index) => !published.has(plan.lines[index] as Line));
    // What is on the bus already stays part of the batch, so that whoever looks it up after a crash finds it settled.
    const receipt = store.claim(number, keepsRecords(bus) ? { ...plan.claim, records: plan.records } : plan.claim);
    failPoint("after_claim");
    const from = Date.now();
    try {
      claimedAt ??= now.toISOString();
      parts.onHandOver?.();
      if (records.length > 0) await policy.publish({ number, claimedAt, receipt, records });
      return { plan, from };
    } catch (error) {
      if (!(error instanceof PublishError)) throw error;
      const { outcome, refused, topics } = error;
      const missing = error.missing && new Set(error.missing);
      for (const [index, record] of records.entries()) {
        const line = lines[index] as Line;
        const refusal = refused?.get(record);
        if (refusal) refusals.set(line, [...(refusals.get(line) ?? []), refusal]);
        else if (missing && !missing.has(record)) published.add(line);
      }
      // Each time less is left to try, so that this comes to an end.
      const isLess = refused !== undefined || topics?.some((topic) => policy.rest(topic) !== undefined) === true;
      if (outcome === "absent" && isLess) continue;
      // Unknown stays under way, and so does what is on the bus in part. Otherwise the bus has nothing of it.
      if (outcome === "absent" && published.size === 0) store.release(number);
      throw error;
    }
  }
}
