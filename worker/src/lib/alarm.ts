/**
 * One timer for all that a request waits for, one thing after the other. To set a timer takes workerd as long as to check ten events, and
 * most requests need none in the end: so it ticks after the shortest of the times, and is set again while something is left.
 */
export interface Alarm {
  /** Resolves after `ms` milliseconds, where nothing was set after it. */
  after(ms: number): Promise<void>;
  /** Ends the timer; nothing resolves any more. */
  stop(): void;
}

/** Makes an alarm. `shortestMs` is the shortest time that it will be set to: it ticks at least as often, and so is never late. */
export function createAlarm(shortestMs: number): Alarm {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = 0;
  let ring: (() => void) | undefined;

  const tick = (): void => {
    const left = due - Date.now();
    timer = left > 0 ? setTimeout(tick, Math.min(left, shortestMs)) : undefined;
    if (timer === undefined) ring?.();
  };

  return {
    after(ms) {
      due = Date.now() + ms;
      timer ??= setTimeout(tick, Math.min(ms, shortestMs));
      return new Promise((resolve) => {
        ring = resolve;
      });
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
