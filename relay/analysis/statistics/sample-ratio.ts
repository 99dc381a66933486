/** Sample-ratio mismatch: whether units fell on the variants of an experiment as they were meant to. */
import { chiSquaredPValue } from "./chi-squared.ts";

/** A variant as it was meant, and as it came. */
export interface VariantCount {
  /** Units that had it. */
  units: number;
  /** Its share of the traffic, in any unit: 1 and 1 are halves. 0: it gets none, and is left out. */
  weight: number;
}

/** What the test says. */
export interface SampleRatio {
  chi_squared: number;
  /** Variants that have a weight, less one. */
  degrees_of_freedom: number;
  /** Of what was meant, the probability of a mismatch of at least this size. */
  p_value: number;
  /** Units expected of each variant, in the order given; 0 of those without weight. They add up to the units of the others, exactly. */
  expected: number[];
}

/**
 * Pearson's chi-squared test of counts of units against weights. Undefined where fewer than two variants have a weight, or no unit is counted:
 * there is nothing to compare. Throws a RangeError for a weight that is negative or no number.
 */
export function sampleRatio(variants: readonly VariantCount[]): SampleRatio | undefined {
  for (const { weight } of variants) {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new RangeError(`weight: expected a number from 0 on, got ${weight}`);
  }
  const tested = variants.filter(({ weight }) => weight > 0);
  const units = tested.reduce((sum, one) => sum + one.units, 0);
  if (tested.length < 2 || units === 0) return undefined;
  const shares = expectedUnits(tested, units);
  const chi_squared = tested.reduce((sum, one, n) => sum + (one.units - shares[n]!) ** 2 / shares[n]!, 0);
  const degrees_of_freedom = tested.length - 1;
  let next = 0;
  return {
    chi_squared,
    degrees_of_freedom,
    p_value: chiSquaredPValue(chi_squared, degrees_of_freedom),
    expected: variants.map(({ weight }) => (weight > 0 ? shares[next++]! : 0)),
  };
}

/** The last has what the others leave, so that they add up: shares that are rounded one by one do not. */
function expectedUnits(tested: readonly VariantCount[], units: number): number[] {
  const total = tested.reduce((sum, { weight }) => sum + weight, 0);
  const others = tested.slice(0, -1).map(({ weight }) => (units * weight) / total);
  return [...others, units - others.reduce((sum, one) => sum + one, 0)];
}
