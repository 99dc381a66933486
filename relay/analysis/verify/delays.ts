import type { Delay } from "./report.ts";

/** Milliseconds, and how many events came after so many. */
export type DelayCounts = Map<number, number>;

/** The delay within which a share of the events came: the least such of those there are. Null without events. */
export function delaysOf(counts: DelayCounts): Delay | null {
  const sorted = [...counts].toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, events]) => sum + events, 0);
  if (total === 0) return null;
  const within = (percent: number): number => {
    let events = 0;
    for (const [ms, n] of sorted) {
      events += n;
      // In whole numbers: 0.95 * 20 is over 19 by rounding.
      if (events * 100 >= percent * total) return ms;
    }
    return Number.NaN;
  };
  return { p50: within(50), p95: within(95), p99: within(99) };
}
