/** A timer that comes so much later than planned says that the machine slept: that time was not looked at. */
const SLEPT_MS = 5_000;

/** The clocks of a page tick in tenths of a millisecond. */
const TICK_MS = 0.5;

/** Measures how long things stay in view. */
export interface Dwell<T> {
  /** In view, or not, since `time`. */
  set(thing: T, inView: boolean, time: number): void;
  /** Takes out what has been in view for long enough. */
  take(): T[];
  /** Nothing counts as viewed, until {@link Dwell.resume}. */
  pause(): void;
  /** What is in view counts from now on. */
  resume(): void;
}

/** Calls `onDue` when something may have been in view for `ms` milliseconds without a break. It starts paused. */
export function createDwell<T>(ms: number, onDue: () => void): Dwell<T> {
  /** What is in view, and since when. */
  const since = new Map<T, number>();
  /** Since when anything counts. */
  let counting = Infinity;

  function arm(from: number): void {
    const due = from + ms;
    if (due === Infinity) return;
    setTimeout(() => {
      const late = performance.now() - due;
      if (late > SLEPT_MS) resume();
      else if (late < -TICK_MS) arm(from);
      else onDue();
    }, due - performance.now());
  }

  function resume(): void {
    counting = performance.now();
    arm(counting);
  }

  return {
    set(thing, inView, time) {
      if (!inView) since.delete(thing);
      else if (!since.has(thing)) {
        since.set(thing, time);
        arm(Math.max(time, counting));
      }
    },
    take() {
      const latest = performance.now() - ms + TICK_MS;
      const seen = [...since].filter(([, from]) => Math.max(from, counting) <= latest).map(([thing]) => thing);
      for (const thing of seen) since.delete(thing);
      return seen;
    },
    pause() {
      counting = Infinity;
    },
    resume() {
      if (counting === Infinity) resume();
    },
  };
}
