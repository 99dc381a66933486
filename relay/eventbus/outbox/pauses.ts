/** Milliseconds for which a stream is left alone after the first failure in a row, and at most. */
const FIRST_MS = 200;
const LONGEST_MS = 30_000;

/** Streams that are left alone for a while, since the bus could not take their events: the others go on. */
export interface Pauses {
  /** Those that are left alone now. */
  streams(): string[];
  isPaused(stream: string): boolean;
  /** A publish failed: twice as long as the last time. */
  failed(stream: string): void;
  /** A publish succeeded. */
  succeeded(stream: string): void;
  /** Milliseconds until the first of them is tried again; undefined where none is paused. */
  next(): number | undefined;
}

/** Makes {@link Pauses}. `now` is a clock in milliseconds. */
export function createPauses(now: () => number = () => performance.now()): Pauses {
  const paused = new Map<string, { until: number; ms: number }>();
  const running = () => [...paused].filter(([stream]) => isPaused(stream));
  const isPaused = (stream: string): boolean => (paused.get(stream)?.until ?? 0) > now();
  return {
    streams: () => running().map(([stream]) => stream),
    isPaused,
    failed(stream) {
      // Several rows of a stream fail together: that is one failure.
      if (isPaused(stream)) return;
      const last = paused.get(stream);
      const ms = Math.min((last?.ms ?? FIRST_MS / 2) * 2, LONGEST_MS);
      paused.set(stream, { until: now() + ms, ms });
    },
    succeeded: (stream) => void paused.delete(stream),
    next: () => (running().length === 0 ? undefined : Math.min(...running().map(([, { until }]) => until - now()))),
  };
}
