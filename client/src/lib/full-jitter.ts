import { doubled } from "./doubled.ts";

/** Bounds of a growing wait, in milliseconds. */
export interface JitterBounds {
  /** Upper bound of the first wait; it doubles with each attempt. */
  base: number;
  /** Upper bound of any wait. */
  cap: number;
}

/**
 * Milliseconds to wait before attempt number `attempt` (1 is the first retry): evenly drawn from 0 to the doubled bound, so that pages
 * that failed together do not come back together.
 */
export function fullJitter(attempt: number, { base, cap }: JitterBounds, random: () => number = Math.random): number {
  return random() * doubled(attempt, base, cap);
}
