import { doubled, type WaitBounds } from "./doubled.ts";

/**
 * Milliseconds to wait before attempt number `attempt` (1 is the first retry): evenly drawn from 0 to the doubled bound, so that pages
 * that failed together do not come back together.
 */
export function fullJitter(attempt: number, bounds: WaitBounds, random: () => number = Math.random): number {
  return random() * doubled(attempt, bounds);
}
