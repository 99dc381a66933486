/** A wait that grows: `base` for attempt number 1, doubled with each attempt, at most `cap`; all in milliseconds, or all in another unit. */
export const doubled = (attempt: number, base: number, cap: number): number => Math.min(cap, base * 2 ** (attempt - 1));
