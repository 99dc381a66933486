/** What a policy would have earned, estimated from what another one logged. */
import { quantile } from "../statistics/quantile.ts";
import { createRandom } from "./random.ts";

/** An estimate of the mean reward of a row. */
export interface Estimate {
  value: number;
  /** Bounds of its 95 % bootstrap interval, by percentiles. */
  low: number;
  high: number;
}

/** The estimates. */
export interface Estimates {
  /** The mean reward of the logged policy. */
  naive: Estimate;
  /** Inverse propensity weighting: the mean of weight * reward. */
  ipw: Estimate;
  /** Self-normalized: the sum of weight * reward over the sum of weights. */
  snipw: Estimate;
  /** Kish's effective size of the sample: (sum of weights)² / sum of their squares. */
  effective_rows: number;
  largest_weight: number;
}

interface EstimateOptions {
  /** Reward of each row. */
  rewards: Float64Array;
  /** Probability under the policy / propensity of each row. */
  weights: Float64Array;
  /** Times that rows are drawn anew. */
  resamples: number;
  seed: number;
}

/**
 * The estimates. Rows are taken to be independent. Throws a RangeError without rows, and where no weight is above 0: the policy chooses nothing
 * that was logged.
 */
export function estimate({ rewards, weights, resamples, seed }: EstimateOptions): Estimates {
  const rows = rewards.length;
  if (rows === 0) throw new RangeError("expected rows, got none");
  const all = sums(rewards, weights, (n) => n);
  if (!(all.weight > 0)) throw new RangeError("expected a policy that chooses some of what was logged, got none");
  const random = createRandom(seed);
  const drawn = Array.from({ length: resamples }, () => sums(rewards, weights, () => Math.floor(random() * rows)));
  const withInterval = (of: (sum: Sums) => number): Estimate => {
    // A draw without any weight says nothing.
    const sorted = Float64Array.from(drawn.map(of).filter((value) => !Number.isNaN(value))).toSorted();
    const [low, high] = sorted.length === 0 ? [Number.NaN, Number.NaN] : [quantile(sorted, 0.025), quantile(sorted, 0.975)];
    return { value: of(all), low, high };
  };
  return {
    naive: withInterval(({ reward }) => reward / rows),
    ipw: withInterval(({ weighted }) => weighted / rows),
    snipw: withInterval(({ weighted, weight }) => weighted / weight),
    effective_rows: all.weight ** 2 / all.squares,
    largest_weight: all.largest,
  };
}

interface Sums {
  reward: number;
  weight: number;
  weighted: number;
  squares: number;
  largest: number;
}

/** Adds up as many rows as there are. */
function sums(rewards: Float64Array, weights: Float64Array, rowAt: (n: number) => number): Sums {
  let [reward, weight, weighted, squares, largest] = [0, 0, 0, 0, 0];
  for (let n = 0; n < rewards.length; n++) {
    const row = rowAt(n);
    const [r, w] = [rewards[row]!, weights[row]!];
    reward += r;
    weight += w;
    weighted += w * r;
    squares += w * w;
    if (w > largest) largest = w;
  }
  return { reward, weight, weighted, squares, largest };
}
