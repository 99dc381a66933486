import { setTimeout as sleep } from "node:timers/promises";

/** Takes what is told of faults. */
export interface FaultReport<Part extends string> {
  /** Something is at fault, and tried again: told once, and undefined when it is over. */
  fault(part: Part, error: Error | undefined): void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/**
 * Does something until it succeeds, with growing waits between; undefined where the signal is aborted first. What `isFinal` says is no
 * outage is thrown.
 */
export async function untilDone<T, Part extends string>(
  work: () => Promise<T>,
  part: Part,
  report: FaultReport<Part>,
  signal: AbortSignal,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<T | undefined> {
  let failed = false;
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      const result = await work();
      if (failed) report.fault(part, undefined);
      return result;
    } catch (error) {
      if (isFinal(error)) throw error;
      if (!failed && !signal.aborted) report.fault(part, error as Error);
      failed = true;
      // Not all at once, where there are several.
      await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    }
  }
  if (failed) report.fault(part, undefined);
  return undefined;
}
