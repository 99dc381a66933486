/** A timer that comes so much later than planned says that the machine slept: that time was not looked at. */
const SLEPT_MS = 5_000;

/** The clocks of a page tick in tenths of a millisecond. */
const TICK_MS = 0.5;

/** Measures how long things stay in view. `onDue` is called when something may have been so for `ms` milliseconds without a break. */
export function createDwell<T>(ms: number, onDue: () => void) {
  /** What is in view, and since when. */
  const since = new Map<T, number>();
  /** Since when anything counts. */
  let counting = Infinity;

  const dueOf = (from: number): number => Math.max(from, counting) + ms - performance.now();

  function arm(from: number): void {
    const wait = dueOf(from);
    if (wait === Infinity) return;
    setTimeout(() => {
      const left = dueOf(from);
      if (left < -SLEPT_MS) restart();
      else if (left > TICK_MS) arm(from);
      else onDue();
    }, wait);
  }

  function restart(): void {
    counting = performance.now();
    arm(counting);
  }

  return {
    /** In view, or not, since `time`. */
    set(thing: T, inView: boolean, time: number): void {
      if (!inView) since.delete(thing);
      else if (!since.has(thing)) {
        since.set(thing, time);
        arm(time);
      }
    },
    /** Takes out what has been in view for long enough. */
    take(): T[] {
      const seen = [...since.keys()].filter((thing) => dueOf(since.get(thing)!) <= TICK_MS);
      for (const thing of seen) since.delete(thing);
      return seen;
    },
    /** True: what is in view counts from now on. False: nothing does, and all time so far is void; so it begins. */
    count(isOn: boolean): void {
      if (!isOn) counting = Infinity;
      else if (counting === Infinity) restart();
    },
  };
}

/** Measures how long things stay in view. */
export type Dwell<T> = ReturnType<typeof createDwell<T>>;
