/** What is tried in each engine: a scenario is one life of a page or two, and what is promised of it. */
import type { Ability } from "../../services/engines/engine.ts";
import type { FirstVersions } from "./first-versions.ts";
import type { Scene } from "./scene.ts";

/** How long things break in a run, and how long what is late is waited for; milliseconds. */
export interface Size {
  /** An outage of the collector. */
  outageMs: number;
  /** Between the events of a browser that cannot send them and its end. */
  lateMs: number;
  /** How much longer than promised a delivery may take until it is given up. */
  graceMs: number;
  /** Whether a delivery that is merely late breaks the promise: that is for a machine that does nothing else. */
  isTimed: boolean;
}

/** As the promises are stated. */
export const LONG: Size = { outageMs: 5_000, lateMs: 8_000, graceMs: 120_000, isTimed: true };

/** As `npm test` has time for: still longer than the first waits of the sender, and what waits for a claim of a minute and more is not waited for. */
export const SHORT: Size = { outageMs: 1_500, lateMs: 1_500, graceMs: 20_000, isTimed: false };

/** What came of a scenario. */
export interface Finding {
  /** Events that should be on the bus. */
  expected: number;
  /** Of those, how many are. */
  delivered: number;
  /** Envelopes on the bus that are there for a second time. */
  doubled: number;
  /** Events that the collector got again. */
  copies: number;
  /** Milliseconds until all were on the bus, from the moment that the promise names; or until they were given up. */
  ms: number;
  /** Requests that came, and failed, while the collector was out. */
  during?: number;
  /** What of the promise was broken; empty: nothing. */
  problems: string[];
}

/** A scenario. */
export interface Scenario {
  /** Names it on the command line and in the table. */
  name: string;
  /** What happens and what is promised, as a sentence: the title of its test, and its row in docs/integrate.md. */
  promise: string;
  /** From which versions on the promise holds, by what it needs of a browser. */
  first: FirstVersions;
  /** Of `npm run matrix` alone: another scenario, or a test in Chromium, holds the same with more in it. @default false */
  isLong?: true;
  /** What the engine must be able to do. */
  needs?: readonly Ability[];
  run(scene: Scene): Promise<Finding>;
}
