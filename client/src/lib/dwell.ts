/** A timer that waited for so much longer than planned says that the machine slept: that time was not looked at. */
const SLEPT_MS = 5_000;

/** Measures how long things stay in view. */
export interface Dwell<T> {
  /** In view, or not, since `time`. */
  set(thing: T, inView: boolean, time: number): void;
  /** Takes out what has been in view for long enough. */
  take(): T[];
  forget(thing: T): void;
  /** Nothing counts as viewed, until {@link Dwell.resume}. */
  pause(): void;
  /** What is in view counts from now on. */
  resume(): void;
}

/** The clock and the timer that a dwell runs on; the page's own, or a test's. */
export interface DwellClock {
  now(): number;
  setTimeout(act: () => void, ms: number): unknown;
}

const page: DwellClock = { now: () => performance.now(), setTimeout: (act, ms) => setTimeout(act, ms) };

/** Calls `onDue` when something has been in view for `ms` milliseconds without a break. It starts paused. */
export function createDwell<T>(ms: number, onDue: () => void, clock: DwellClock = page): Dwell<T> {
  /** What is in view, and since when. */
  const since = new Map<T, number>();
  let counting = false;
  let resumed = 0;
  /** When the timer that is set will fire. */
  let due = Infinity;

  function arm(): void {
    if (!counting) return;
    const next = Math.min(...since.values()) + ms;
    if (next >= due || next === Infinity) return;
    due = next;
    const wait = Math.max(next - clock.now(), 0);
    clock.setTimeout(() => fire(next), wait);
  }

  function fire(at: number): void {
    if (at !== due) return;
    due = Infinity;
    if (clock.now() - at > SLEPT_MS) restart();
    else if (counting) onDue();
    arm();
  }

  function restart(): void {
    resumed = clock.now();
    for (const thing of since.keys()) since.set(thing, resumed);
  }

  return {
    set(thing, inView, time) {
      if (!inView) since.delete(thing);
      else if (!since.has(thing)) since.set(thing, Math.max(time, resumed));
      arm();
    },
    take() {
      const now = clock.now();
      const seen = [...since].filter(([, start]) => counting && now - start >= ms).map(([thing]) => thing);
      for (const thing of seen) since.delete(thing);
      return seen;
    },
    forget: (thing) => void since.delete(thing),
    pause() {
      counting = false;
    },
    resume() {
      if (counting) return;
      counting = true;
      restart();
      arm();
    },
  };
}
