/** Ends a service step by step, and within a bound whatever hangs. */
import type { Logger } from "pino";
import { within } from "../lib/within.ts";

/** What a step has at least, milliseconds, when those before it have used up the time. */
const LEAST_MS = 1_000;

/** A step of an end. */
export interface EndStep {
  /** What it waits for, for the log: `the rounds under way`. */
  what: string;
  run: () => unknown;
}

/**
 * Runs the steps one after another, all of them within `boundMs` and a second for each that is late. One that takes longer or fails is
 * told in the log and left behind: what it stood for is in the queue still, or is settled at the next start.
 */
export async function endInOrder(steps: EndStep[], boundMs: number, log: Logger): Promise<void> {
  const until = performance.now() + boundMs;
  for (const { what, run } of steps) {
    const ms = Math.max(LEAST_MS, until - performance.now());
    try {
      await within(ms, (async () => run())(), () => new Error(`expected an end within ${Math.round(ms)} ms`));
    } catch (error) {
      log.warn({ err: error, what }, "not finished at the end; the queue, or the next start, sees to it");
    }
  }
}
