/** Deadlines of calls that cannot be called off. */
import { within as bounded } from "../../../lib/within.ts";

/** Rejects when the brokers take longer than `ms` over `work`; what it does after that is its own affair. */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return bounded(ms, work, () => new Error(`no answer from the brokers within ${Math.round(ms)} ms`));
}

/** Returns how many milliseconds are left of `ms`, each time it is called. */
export function startDeadline(ms: number): () => number {
  const end = performance.now() + ms;
  return () => Math.max(0, end - performance.now());
}
