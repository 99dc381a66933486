import { markdownTable } from "../lib/markdown-table.ts";
import { fine, exact } from "../lib/numbers.ts";
import { verdictTable, type Verdict } from "../lib/verdict.ts";
import type { Cost, Need, Shared } from "./cost.ts";
import { reportVisits, type VisitRow, type VisitsMade } from "./visits/report.ts";

/** What was measured, and what it comes to. */
export interface Results {
  rows: { need: Need; cost: Cost }[];
  visitRows: VisitRow[];
  made: VisitsMade;
  shared: Shared;
  verdicts: Verdict[];
  machine: string;
  rounds: number;
}

const HEAD = [
  "events a request",
  "CPU ms",
  "messages",
  "kB each",
  "requests $",
  "CPU $",
  "queue $",
  "consumer $",
  "logs $",
  "total $",
  "data points $",
];

/** The tables in Markdown, for the terminal as well. */
export function report({ rows, visitRows, made, verdicts, machine, rounds }: Results): string {
  const cells = rows.map(({ need, cost }) => [
    String(need.events),
    need.cpuMs.toFixed(3),
    exact(need.messageBytes.length / need.requests),
    fine(need.messageBytes.reduce((sum, bytes) => sum + bytes, 0) / need.messageBytes.length / 1000),
    ...[cost.requests, cost.cpu, cost.queue, cost.consumer, cost.logs, cost.total, cost.dataPoints].map((usd) => usd.toFixed(4)),
  ]);
  const parts = [
    `A million events, in dollars; CPU: medians of ${rounds} rounds; ${machine}.`,
    ...(cells.length > 0 ? [markdownTable([HEAD, ...cells])] : []),
    "Data points are announced at that price, not billed yet, and not in the total.",
    ...(visitRows.length > 0 ? [reportVisits(visitRows, made)] : []),
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
  ];
  return parts.join("\n\n");
}
