import { wilsonInterval } from "../statistics/wilson-interval.ts";
import type { RateFigures } from "./report.ts";

/** What a rate is made of. */
export interface RateCounts {
  exposures: number;
  clicks: number;
  /** Distinct items among the clicks. */
  clicked: number;
  elsewhere: number;
}

/** Nothing. */
export const NO_CLICKS: RateCounts = { exposures: 0, clicks: 0, clicked: 0, elsewhere: 0 };

/** The rate, with its interval where the clicked can be a share of the exposures. */
export function rateOf({ exposures, clicks, clicked, elsewhere }: RateCounts): RateFigures {
  const interval = clicked <= exposures ? wilsonInterval(clicked, exposures) : undefined;
  return {
    exposures,
    clicks,
    repeated_clicks: clicks - clicked,
    clicks_of_other_surfaces: elsewhere,
    ctr: exposures === 0 ? 0 : rounded(clicks / exposures),
    wilson_low: interval ? rounded(interval.low) : null,
    wilson_high: interval ? rounded(interval.high) : null,
  };
}

/** A share to a millionth. */
export function rounded(share: number): number {
  return Number(share.toFixed(6));
}
