/** The two-sided 95 % point of the normal distribution. */
const Z_95 = 1.959963984540054;

/** Bounds of a share, from 0 to 1. */
export interface Interval {
  low: number;
  high: number;
}

/**
 * The Wilson score interval of a share at 95 %, without continuity correction: unlike the normal approximation it holds for few trials, and
 * for shares near 0 and 1. Undefined without trials. Throws a RangeError where `successes` is no number from 0 to `trials`: a rate of
 * repeated events, which may be over 1, is no share, and has none.
 *
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 */
export function wilsonInterval(successes: number, trials: number): Interval | undefined {
  if (!(successes >= 0 && successes <= trials)) {
    throw new RangeError(`successes: expected a number from 0 to ${trials}, got ${successes}`);
  }
  if (trials === 0) return undefined;
  const share = successes / trials;
  const z2 = Z_95 * Z_95;
  const scale = 1 + z2 / trials;
  const center = (share + z2 / (2 * trials)) / scale;
  const half = (Z_95 * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials))) / scale;
  // At the ends the bound is the share itself, which rounding would miss.
  return { low: successes === 0 ? 0 : center - half, high: successes === trials ? 1 : center + half };
}
