import { asBefore } from "./contenders.ts";
import { bytesOf, plainOf } from "./bodies.ts";
import { PLAIN } from "./body-parts.ts";
import { median } from "../lib/median.ts";
import type { Measured } from "./measure.ts";

/** Median milliseconds of CPU a request. */
export const cpuMs = ({ samples }: Measured): number => median(samples);

/** Median microseconds of CPU an event. */
export const eventUs = (row: Measured): number => (cpuMs(row) / row.contender.events) * 1000;

/** The same without what a request costs that no code of ours sees. */
export function netUs({ contender: { events }, samples }: Measured, empty: Measured | undefined): number {
  return (median(samples.map((sample, round) => sample - (empty?.samples[round] ?? NaN))) / events) * 1000;
}

/** The ratios to another row within each round: their median, the least and the greatest; NaN where there is no other row. */
export function ratios(row: Measured, base: Measured | undefined): { median: number; least: number; most: number } {
  const all = row.samples.map((sample, round) => sample / (base?.samples[round] ?? NaN));
  return { median: median(all), least: Math.min(...all), most: Math.max(...all) };
}

/**
 * How often a body costs what the plain one costs that has as many bytes, or, where it has few, as many events: the median over the rounds.
 * `rows` has both plain ones.
 */
export function timesPlain(row: Measured, rows: readonly Measured[]): number {
  const { name } = row.contender;
  const plain = plainOf(name);
  const { median: times } = ratios(row, named(rows, plain));
  return plain === PLAIN ? times * (bytesOf(plain) / bytesOf(name)) : times;
}

/** The row of a name. */
export const named = (rows: readonly Measured[], name: string): Measured | undefined =>
  rows.find(({ contender }) => contender.name === name);

/** The rows of this version. */
export const current = (rows: readonly Measured[]): Measured[] => rows.filter(({ contender }) => !contender.bundle);

/** Milliseconds of CPU a request that a row took before, and the ratio to that; NaN where it was not measured. */
export function beside(row: Measured, rows: readonly Measured[]): { ms: number; times: number } {
  const older = named(rows, asBefore(row.contender.name));
  return older === undefined ? { ms: NaN, times: NaN } : { ms: cpuMs(older), times: ratios(row, older).median };
}
