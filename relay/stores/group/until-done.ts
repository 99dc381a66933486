import { setTimeout as sleep } from "node:timers/promises";
import { formatNumber } from "../../lib/format-number.ts";
import { ConfigError } from "../../lib/settings.ts";

/** Takes what is told of faults. */
export interface FaultReport<Part extends string> {
  /** Something failed, and is tried again; `attempt` counts from 1. */
  failed(part: Part, error: Error, attempt: number): void;
  /** What had failed succeeded; or, where `isBack` is false, is not tried any more: its lane is another's, or the store ends. */
  over(part: Part, isBack: boolean): void;
}

/** How something is tried. */
export interface Trying<Part extends string> {
  report: FaultReport<Part>;
  /** Aborted: it is tried no more. */
  signal: AbortSignal;
  /** An outage that lasts so many milliseconds is final. @default it is waited for without end */
  patienceMs?: number | undefined;
  /** What is no outage is thrown, as a ConfigError always is. @default everything else is one */
  isFinal?: (error: unknown) => boolean;
}

/** An outage lasted longer than the store was to wait. */
export class OutageError extends Error {
  override readonly name = "OutageError";

  constructor(part: string, patienceMs: number, cause: Error) {
    const [why] = cause.message.split("\n");
    super(
      `${part}: ${why}; given up after ${formatNumber(Math.round(patienceMs / 1_000))} s, and what is not stored is not acknowledged`,
      {
        cause,
      },
    );
  }
}

/** How long whoever runs a store once waits for an outage to end, milliseconds. */
export const PATIENCE_MS = 120_000;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/** Does something until it succeeds, with growing waits between; undefined where the signal is aborted first. Rejects with what is final. */
export async function untilDone<T, Part extends string>(
  part: Part,
  work: () => Promise<T>,
  { report, signal, patienceMs = Number.POSITIVE_INFINITY, isFinal = () => false }: Trying<Part>,
): Promise<T | undefined> {
  const began = performance.now();
  let attempt = 0;
  try {
    for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        const result = await work();
        if (attempt > 0) report.over(part, true);
        attempt = 0;
        return result;
      } catch (error) {
        if (error instanceof ConfigError || isFinal(error)) throw error;
        const leftMs = patienceMs - (performance.now() - began);
        if (leftMs <= 0) throw new OutageError(part, patienceMs, error as Error);
        if (!signal.aborted) report.failed(part, error as Error, ++attempt);
        // Not all at once, where there are several.
        await sleep(Math.min(leftMs, waitMs * (0.5 + Math.random() / 2)), undefined, { signal }).catch(() => {});
      }
    }
    return undefined;
  } finally {
    if (attempt > 0) report.over(part, false);
  }
}
