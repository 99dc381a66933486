import { CONTENDERS, NAIVE, OBSERVE, OWN } from "./contenders.ts";
import { scrollThrough, trackAll, trackOffline, trackPaced } from "./loads.ts";
import type { RunPlan } from "./run-page.ts";

/** A row of one of the tables. */
export interface Scenario extends RunPlan<number | void> {
  name: string;
  /** For people: what it is, or how the contender was set. */
  setting: string;
}

/** The first table: a thousand calls in one loop, for each contender. `load` returns the milliseconds of the loop. */
export const BURSTS: readonly Scenario[] = CONTENDERS.map((contender) => ({
  name: contender.name,
  setting: contender.setting,
  contender,
  count: 1_000,
  patience: 60_000,
  load: trackAll,
}));

const PACED = { setting: "1,000 track calls, 20 every 100 ms", count: 1_000, patience: 10_000, load: trackPaced };

/** The second table: this SDK alone, but for what its pace is compared with. */
export const LONG_RUNS: readonly Scenario[] = [
  { ...PACED, name: "naive-paced", setting: `naive: ${PACED.setting}`, contender: NAIVE },
  { ...PACED, name: "paced", contender: OWN[0]! },
  {
    name: "offline",
    setting: "5,000 track calls offline, then online",
    contender: OWN[0]!,
    count: 5_000,
    patience: 60_000,
    load: trackOffline,
  },
  {
    name: "scroll",
    setting: "1,000 observed elements, scrolled through",
    contender: OBSERVE,
    count: 1_000,
    patience: 10_000,
    load: scrollThrough,
  },
];
