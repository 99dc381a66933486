/** What a replay came to. */
import { printable } from "../../lib/printable.ts";
import { formatNumber } from "../../lib/format-number.ts";

/** What `sightline dlq replay --json` prints. */
export interface ReplayReport {
  /** Dead letters that were wanted, and that no newer dead letter stands for. */
  letters: number;
  /** Of these, on the bus now: by this replay, by one before it, or by a copy. */
  on_bus: number;
  /** Of these, in the dead letters again, with the newer dead letter's id and error. */
  dead_lettered_again: { id: string; as: string; error_code: string }[];
  /** Of these, not taken by the relay; brought by the next replay. */
  not_taken: number;
  /** Why; null where all were taken. */
  stopped: string | null;
}

/** The report as people read it. */
export function replayText({ letters, on_bus, dead_lettered_again: again, not_taken, stopped }: ReplayReport): string {
  const rows: [string, number][] = [
    ["dead letters", letters],
    ["on the bus now", on_bus],
    ["dead-lettered again", again.length],
    ["not taken", not_taken],
  ];
  const text = rows.map(([label, n]) => `${label.padEnd(20)} ${formatNumber(n).padStart(9)}`);
  for (const { id, as, error_code } of again) text.push(`  ${id} is now ${as}: ${error_code}`);
  if (stopped !== null) text.push(`stopped: ${stopped}`, "run it again: what is settled is not doubled");
  return text.map((line) => `${printable(line)}\n`).join("");
}
