import { formatNumber } from "../../relay/lib/format-number.ts";
import type { Posted } from "./post.ts";
import type { SettledCounts } from "./settle.ts";

/** What a replay came to; `--json` prints it. */
export interface Summary extends Posted {
  surface: string;
  /** Events a second. */
  rate: number;
  /** What became of them; null where another collector than the local one was named, or the bus did not settle them in time. */
  bus: SettledCounts | null;
}

/** The summary for people. */
export function summaryText({ surface, sent, accepted, duplicates, rejected, seconds, rate, bus }: Summary): string {
  const codes = Object.entries(rejected).map(([code, n]) => `${formatNumber(n)} ${code}`);
  const lines = [
    `${surface}: ${formatNumber(sent)} events sent in ${seconds.toFixed(1)} s, ${formatNumber(rate)} a second`,
    `collector: ${formatNumber(accepted)} accepted, ${formatNumber(duplicates)} copies within a request, ${codes.join(", ") || "none"} refused`,
  ];
  if (bus) {
    const { delivered, duplicates: copies, dead_lettered } = bus;
    lines.push(
      `on the bus: ${formatNumber(delivered)} new, ${formatNumber(copies)} copies dropped, ${formatNumber(dead_lettered)} dead letters`,
    );
  }
  return lines.join("\n");
}
