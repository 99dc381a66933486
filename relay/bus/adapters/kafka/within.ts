/** Deadlines of calls that cannot be called off. */
import { within as bounded } from "../../../lib/within.ts";

/** Rejects when the brokers take longer than `ms` over `work`; what it does after that is its own affair. */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return bounded(ms, work, () => new Error(`no answer from the brokers within ${Math.round(ms)} ms`));
}

/** A time by which something has to be done. */
export interface Deadline {
  /** As {@link within}, for what is left of it. */
  within<T>(work: Promise<T>): Promise<T>;
}

/** How much later a deadline may become while brokers make their clients wait, milliseconds: a delivery has a minute. */
const MOST_THROTTLED_MS = 20_000;

/** Starts a deadline. While brokers make whoever publishes wait, as its quota says, it does not go on, for so long at most. */
export function startDeadline(ms: number, throttledMs: () => number): Deadline {
  const start = performance.now();
  const before = throttledMs();
  const waited = (): number => Math.min(MOST_THROTTLED_MS, throttledMs() - before);
  const left = (): number => start + ms + waited() - performance.now();
  const late = (): Error => {
    const because = waited() > 0 ? `, though they asked for ${Math.round(waited())} ms of it: a quota` : "";
    return new Error(`no answer from the brokers within ${Math.round(ms + waited())} ms${because}`);
  };
  return {
    async within(work) {
      const isDone = work.then(
        () => true,
        () => true,
      );
      while (left() > 0) {
        const inTime = await bounded(left(), isDone, late).catch(() => false);
        if (inTime) return work;
      }
      throw late();
    },
  };
}
