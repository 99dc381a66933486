/** How far a clock may be ahead before it counts as ahead, milliseconds. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;
