import { median } from "../lib/median.ts";
import type { Contender } from "./contenders.ts";

/** What one run of a contender came to. */
export interface Run {
  /** Records that the bus confirmed, a second. */
  rate: number;
  /** Microseconds of CPU that the producing process took for each, all its threads. */
  cpuUs: number;
}

/** A contender and its runs, one a round. */
export interface Measured {
  contender: Contender;
  runs: Run[];
}

/** Median records a second. */
export const rate = ({ runs }: Measured): number => median(runs.map((run) => run.rate));

/** Median microseconds of CPU a record. */
export const cpuUs = ({ runs }: Measured): number => median(runs.map((run) => run.cpuUs));

/** The ratio of the rates within each round, their median; NaN where there is no other row. */
export function ratio(row: Measured | undefined, base: Measured | undefined): number {
  return median((row?.runs ?? []).map((run, round) => run.rate / (base?.runs[round]?.rate ?? NaN)));
}

/** The ratio of the CPU that a record takes within each round, their median; NaN where there is no other row. */
export function cpuRatio(row: Measured, base: Measured | undefined): number {
  return median(row.runs.map((run, round) => run.cpuUs / (base?.runs[round]?.cpuUs ?? NaN)));
}

/** The row of a name. */
export const named = (rows: readonly Measured[], name: string): Measured | undefined =>
  rows.find(({ contender }) => contender.name === name);
