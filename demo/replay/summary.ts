import type { Posted } from "./post.ts";
import { format } from "./progress.ts";
import type { Settled } from "./settle.ts";

/** What a replay came to; `--json` prints it. */
export interface Summary extends Posted {
  surface: string;
  /** Events a second. */
  rate: number;
  /** What became of them; null where another collector than the local one was named, or the bus did not settle them in time. */
  bus: Settled | null;
}

/** The summary for people. */
export function summaryText({ surface, sent, accepted, duplicates, rejected, seconds, rate, bus }: Summary): string {
  const codes = Object.entries(rejected).map(([code, n]) => `${format(n)} ${code}`);
  const lines = [
    `${surface}: ${format(sent)} events sent in ${seconds.toFixed(1)} s, ${format(rate)} a second`,
    `collector: ${format(accepted)} accepted, ${format(duplicates)} copies within a request, ${codes.join(", ") || "none"} refused`,
  ];
  if (bus) {
    const { delivered, duplicates: copies, dead_lettered } = bus;
    lines.push(`on the bus: ${format(delivered)} new, ${format(copies)} copies dropped, ${format(dead_lettered)} dead letters`);
  }
  return lines.join("\n");
}
