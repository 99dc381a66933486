import type { Policy } from "./read-policy.ts";
import type { FeedbackColumns } from "./read-rows.ts";

/** Probability under the policy / propensity of each row. Throws an Error where the policy says nothing of a position that was logged. */
export function weightsOf({ items, actions, positions, propensities }: FeedbackColumns, policy: Policy): Float64Array {
  return propensities.map((propensity, n) => {
    const [item, position] = [items[actions[n]!]!, positions[n]!];
    const probability = policy.probability(item, position);
    if (probability === undefined) throw new Error(`expected a policy for position ${position}, which was logged, got none`);
    return probability / propensity;
  });
}
