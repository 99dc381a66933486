import { markdownTable } from "../lib/markdown-table.ts";
import { exact, fine, whole } from "../lib/numbers.ts";
import { verdictTable, type Verdict } from "../lib/verdict.ts";
import { EVENTS } from "./contenders.ts";
import { bytesOf, plainOf } from "./bodies.ts";
import { beside, cpuMs, current, eventUs, named, netUs, ratios, timesPlain } from "./figures.ts";
import type { Measured } from "./measure.ts";

/** What was measured. */
export interface Results {
  contenders: Measured[];
  sizes: Measured[];
  /** The bodies that are meant to cost much, and the plain one. */
  hostile: Measured[];
  verdicts: Verdict[];
  machine: string;
  rounds: number;
  /** Bytes of the body of {@link EVENTS} events. */
  bodyBytes: number;
}

/** The tables in Markdown, for the terminal as well. */
export function report({ contenders, sizes, hostile, verdicts, machine, rounds, bodyBytes }: Results): string {
  const parts = [
    `Medians of ${rounds} rounds; ${EVENTS} events are ${bodyBytes} bytes; ${machine}.`,
    ...(contenders.length > 0 ? [contenderTable(contenders), current(contenders).map(line).join("\n")] : []),
    ...(sizes.length > 0 ? [sizeTable(sizes, named(sizes, "empty-20"))] : []),
    ...(hostile.length > 0 ? [hostileTable(hostile), current(hostile).map(line).join("\n")] : []),
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
  ];
  return parts.join("\n\n");
}

const line = ({ contender: { name, what } }: Measured): string => `- ${name}: ${what}`;

function contenderTable(rows: readonly Measured[]): string {
  const floor = named(rows, "floor");
  const cells = current(rows).map((row) => {
    const { median, least, most } = ratios(row, floor);
    const range = `${exact(least)} to ${exact(most)}`;
    return [row.contender.name, cpuMs(row).toFixed(3), exact(median), range, fine(eventUs(row)), ...cellsBeside(row, rows)];
  });
  const head = [`${EVENTS} events a request`, "CPU ms a request", "x floor", "in the rounds", "us an event"];
  return markdownTable([[...head, ...headBeside(rows)], ...cells]);
}

function hostileTable(rows: readonly Measured[]): string {
  const cells = current(rows).map((row) => {
    const { name } = row.contender;
    return [name, whole(bytesOf(name)), fine(cpuMs(row)), plainOf(name), exact(timesPlain(row, rows)), ...cellsBeside(row, rows)];
  });
  const head = ["bodies within the limits", "bytes", "CPU ms a request", "held against", "x of as many"];
  return markdownTable([[...head, ...headBeside(rows)], ...cells]);
}

function sizeTable(rows: readonly Measured[], empty: Measured | undefined): string {
  const cells = current(rows).map((row) => {
    const { name } = row.contender;
    return [name, cpuMs(row).toFixed(3), fine(eventUs(row)), fine(netUs(row, empty)), ...cellsBeside(row, rows)];
  });
  return markdownTable([["events a request", "CPU ms a request", "us an event", "less empty", ...headBeside(rows)], ...cells]);
}

/** Columns that are there where another version was measured as well. */
function headBeside(rows: readonly Measured[]): string[] {
  return current(rows).length < rows.length ? ["before, CPU ms", "x before"] : [];
}

function cellsBeside(row: Measured, rows: readonly Measured[]): string[] {
  const { ms, times } = beside(row, rows);
  return headBeside(rows).map((_, column) => exact(column === 0 ? ms : times));
}
