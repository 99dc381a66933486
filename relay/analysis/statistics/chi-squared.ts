/** The chi-squared distribution, by the regularized incomplete gamma function: DLMF 8.7 and 8.9, and Lanczos' log of the gamma function. */

/** Terms after which a series or a fraction that has not converged is no better for more. */
const MOST_TERMS = 10_000;
const EPSILON = 1e-16;
const LANCZOS_G = 7;
const LANCZOS_FIRST = 0.99999999999980993;
const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
  9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The probability of a value of at least `statistic` where the hypothesis is true: the p-value. `degrees` of freedom from 1 on. */
export function chiSquaredPValue(statistic: number, degrees: number): number {
  if (!(statistic >= 0)) throw new RangeError(`statistic: expected a number from 0 on, got ${statistic}`);
  if (!(Number.isInteger(degrees) && degrees >= 1))
    throw new RangeError(`degrees: expected a whole number from 1 on, got ${degrees}`);
  if (statistic === 0) return 1;
  if (statistic === Number.POSITIVE_INFINITY) return 0;
  const [a, x] = [degrees / 2, statistic / 2];
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - factor * lowerSeries(a, x) : factor * upperFraction(a, x);
}

/** The sum of the series of the lower function, over the factor. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > sum * EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** The continued fraction of the upper function, over the factor, by Lentz's method. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = Number.MAX_VALUE;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < EPSILON) break;
  }
  return fraction;
}

function logGamma(x: number): number {
  // Below 1/2 by reflection; degrees of freedom begin at a half.
  const shifted = x - 1;
  const sum = LANCZOS.reduce((total, coefficient, n) => total + coefficient / (shifted + n + 1), LANCZOS_FIRST);
  const t = shifted + LANCZOS_G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}
