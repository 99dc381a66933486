import { median } from "../lib/median.ts";
import type { Measured, Sample } from "./measure.ts";

/** The median of a figure over the rounds; NaN where there was none. */
export const middle = ({ samples }: Measured, figure: keyof Sample): number => median(samples.map((sample) => sample[figure]));

/** The median of a figure's ratio to that of another row in the same round. */
export function ratioTo(base: Measured, row: Measured, figure: keyof Sample): number {
  const pairs = row.samples.slice(0, base.samples.length);
  return median(pairs.map((sample, round) => sample[figure] / base.samples[round]![figure]));
}
