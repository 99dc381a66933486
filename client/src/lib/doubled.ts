/** Bounds of a growing wait, in milliseconds. */
export interface WaitBounds {
  /** The bound of the first wait; it doubles with each attempt. */
  base: number;
  /** The bound of any wait. */
  cap: number;
}

/** The bound of the wait before attempt number `attempt`; 1 is the first retry. */
export const doubled = (attempt: number, { base, cap }: WaitBounds): number => Math.min(cap, base * 2 ** (attempt - 1));
