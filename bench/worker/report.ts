import { markdownTable } from "../lib/markdown-table.ts";
import { exact, fine } from "../lib/numbers.ts";
import { verdictTable, type Verdict } from "../lib/verdict.ts";
import { EVENTS } from "./contenders.ts";
import { cpuMs, eventUs, named, netUs, ratios } from "./figures.ts";
import type { Measured } from "./measure.ts";

/** What was measured. */
export interface Results {
  contenders: Measured[];
  sizes: Measured[];
  verdicts: Verdict[];
  machine: string;
  rounds: number;
  /** Bytes of the body of {@link EVENTS} events. */
  bodyBytes: number;
}

/** The tables in Markdown, for the terminal as well. */
export function report({ contenders, sizes, verdicts, machine, rounds, bodyBytes }: Results): string {
  const parts = [
    `Medians of ${rounds} rounds; ${EVENTS} events are ${bodyBytes} bytes; ${machine}.`,
    ...(contenders.length > 0 ? [contenderTable(contenders), contenders.map(line).join("\n")] : []),
    ...(sizes.length > 0 ? [sizeTable(sizes, named(sizes, "empty-20"))] : []),
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
  ];
  return parts.join("\n\n");
}

const line = ({ contender: { name, what } }: Measured): string => `- ${name}: ${what}`;

function contenderTable(rows: readonly Measured[]): string {
  const floor = named(rows, "floor");
  const cells = rows.map((row) => {
    const { median, least, most } = ratios(row, floor);
    return [row.contender.name, cpuMs(row).toFixed(3), exact(median), `${exact(least)} to ${exact(most)}`, fine(eventUs(row))];
  });
  return markdownTable([[`${EVENTS} events a request`, "CPU ms a request", "x floor", "in the rounds", "us an event"], ...cells]);
}

function sizeTable(rows: readonly Measured[], empty: Measured | undefined): string {
  const cells = rows.map((row) => [row.contender.name, cpuMs(row).toFixed(3), fine(eventUs(row)), fine(netUs(row, empty))]);
  return markdownTable([["events a request", "CPU ms a request", "us an event", "less empty"], ...cells]);
}
