/** Figures by time, in a ring of steps: what is older falls out. */
import type { SeriesSection } from "./state.ts";

/** Milliseconds of a step, and how many there are: half an hour. */
export const STEP_MS = 10_000;
export const STEPS = 180;
/** Event types that are told apart. */
const MOST_TYPES = 8;
const OTHERS = "others";

interface Step {
  /** Which step since 1970. */
  index: number;
  outcomes: number;
  joined: number;
  types: Map<string, number>;
  publish: number | null;
  lag: number | null;
}

/** The ring. Times are milliseconds since 1970; what is too old is left out. */
export interface Series {
  addEvent(at: number, type: string): void;
  addOutcome(at: number, joined: boolean): void;
  /** An outcome of that time is joined by now. */
  joinLate(at: number): void;
  /** Seconds that a batch and the queue's oldest message took. */
  addRound(at: number, seconds: { publish: number | null; lag: number | null }): void;
  /** Outcomes that arrived in the ring before `until`, and how many of them are joined. */
  outcomesBefore(until: number): { outcomes: number; joined: number };
  section(): SeriesSection;
}

/** Makes the ring, which ends at `now`. */
export function createSeries(now: () => number = Date.now): Series {
  const ring: (Step | undefined)[] = Array.from({ length: STEPS });
  const types = new Set<string>();
  const newest = (): number => Math.floor(now() / STEP_MS);
  const at = (time: number): Step | undefined => {
    // The bus's clock may be ahead of this machine's.
    const index = Math.min(Math.floor(time / STEP_MS), newest());
    if (!(index > newest() - STEPS)) return undefined;
    const found = ring[index % STEPS];
    if (found?.index === index) return found;
    return (ring[index % STEPS] = { index, outcomes: 0, joined: 0, types: new Map(), publish: null, lag: null });
  };
  /** The steps in order; undefined where nothing was. */
  const steps = (): (Step | undefined)[] => {
    const first = newest() - STEPS + 1;
    return Array.from({ length: STEPS }, (_, n) => {
      const step = ring[(first + n) % STEPS];
      return step?.index === first + n ? step : undefined;
    });
  };
  return {
    addEvent(time, type) {
      if (types.size < MOST_TYPES) types.add(type);
      const name = types.has(type) ? type : OTHERS;
      const step = at(time);
      step?.types.set(name, (step.types.get(name) ?? 0) + 1);
    },
    addOutcome(time, joined) {
      const step = at(time);
      if (!step) return;
      step.outcomes++;
      if (joined) step.joined++;
    },
    joinLate(time) {
      const step = at(time);
      if (step) step.joined++;
    },
    addRound(time, { publish, lag }) {
      const step = at(time);
      if (!step) return;
      if (publish !== null) step.publish = Math.max(step.publish ?? 0, publish);
      if (lag !== null) step.lag = Math.max(step.lag ?? 0, lag);
    },
    outcomesBefore(until) {
      const last = Math.floor(until / STEP_MS);
      const sums = { outcomes: 0, joined: 0 };
      for (const step of steps()) {
        if (step === undefined || step.index >= last) continue;
        sums.outcomes += step.outcomes;
        sums.joined += step.joined;
      }
      return sums;
    },
    section() {
      const all = steps();
      const names = new Set(all.flatMap((step) => [...(step?.types.keys() ?? [])]));
      return {
        start: ((newest() - STEPS + 1) * STEP_MS) / 1000,
        step: STEP_MS / 1000,
        outcomes: all.map((step) => step?.outcomes ?? 0),
        joined: all.map((step) => step?.joined ?? 0),
        types: Object.fromEntries([...names].toSorted().map((name) => [name, all.map((step) => step?.types.get(name) ?? 0)])),
        publish: all.map((step) => step?.publish ?? null),
        lag: all.map((step) => step?.lag ?? null),
      };
    },
  };
}
