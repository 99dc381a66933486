/** The limits that this SDK promises to keep; timing as a ratio to the naive lines in the same round. */
import { judge, type Verdict } from "../lib/verdict.ts";
import { middle, ratioTo } from "./figures.ts";
import type { Measured } from "./measure.ts";

/** Milliseconds that no task may be longer than. */
const LONGEST_MS = 50;

/** Judges every limit whose scenario has run; a scenario that did not finish is over its limits. */
export function limits(rows: readonly Measured[], bundles: ReadonlyMap<string, number>): Verdict[] {
  const find = (wanted: string): Measured | undefined => rows.find(({ scenario }) => scenario.name === wanted);
  const [naive, naivePaced] = [find("naive"), find("naive-paced")];
  return rows.flatMap((row) => {
    const { name } = row.scenario;
    const verdict = (figure: string, measured: number, limit: number): Verdict => {
      const judged = judge(name, figure, measured, limit);
      return row.failure ? { ...judged, isOver: true } : judged;
    };
    const longest = verdict("longest task, ms", middle(row, "longestMs"), LONGEST_MS);
    if (name === "paced" && naivePaced) return [longest, verdict("CPU, times naive", ratioTo(naivePaced, row, "cpuMs"), 2)];
    if (/^(paced|offline|scroll)$/.test(name)) return [longest];
    if (!name.startsWith("sightline")) return [];
    const wire = [
      longest,
      verdict("requests", middle(row, "requests"), 25),
      verdict("body, B an event", middle(row, "bodyPerEvent"), 45),
      verdict("retained heap, B", middle(row, "heapBytes"), 500_000),
    ];
    if (name !== "sightline") return wire;
    const bundle = verdict("bundle, B", bundles.get(name) ?? NaN, 7_000);
    if (!naive) return [bundle, ...wire];
    const sync = verdict("loop, times naive", ratioTo(naive, row, "syncMs"), 1.4);
    return [bundle, sync, verdict("CPU, times naive", ratioTo(naive, row, "cpuMs"), 0.9), ...wire];
  });
}
