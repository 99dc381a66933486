import process from "node:process";

/** A copy of a signal that comes within this time is the same Ctrl-C: npm forwards what the terminal has sent to the group anyway. */
const SAME_MS = 1_000;

/** How the user asks for the end. */
export interface StopSignals {
  /** Aborted at the first SIGINT, SIGTERM or SIGHUP. */
  stop: AbortSignal;
  /** Aborted at another one, over a second later: the user does not want to wait. */
  flush: AbortSignal;
}

/** Listens to the signals until the process ends. */
export function stopSignals(): StopSignals {
  const stop = new AbortController();
  const flush = new AbortController();
  let first = 0;
  const heard = (): void => {
    if (!stop.signal.aborted) {
      first = performance.now();
      stop.abort();
    } else if (performance.now() - first > SAME_MS) flush.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, heard);
  return { stop: stop.signal, flush: flush.signal };
}
