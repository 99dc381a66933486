import { markdownTable } from "../lib/markdown-table.ts";
import { median } from "../lib/median.ts";
import { fine, exact } from "../lib/numbers.ts";
import { verdictTable, type Verdict } from "../lib/verdict.ts";
import type { Cost, Need, Shared } from "./cost.ts";

/** What was measured, and what it comes to. */
export interface Results {
  rows: { need: Need; isShop: boolean; cost: Cost }[];
  shared: Shared;
  /** Events of each request of the demo shop. */
  batches: readonly number[];
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
export function report({ rows, batches, verdicts, machine, rounds }: Results): string {
  const cells = rows.map(({ need, isShop, cost }) => [
    `${need.events}${isShop ? ", as the shop's median" : ""}`,
    need.cpuMs.toFixed(3),
    exact(need.messageBytes.length / need.requests),
    fine(need.messageBytes.reduce((sum, bytes) => sum + bytes, 0) / need.messageBytes.length / 1000),
    ...[cost.requests, cost.cpu, cost.queue, cost.consumer, cost.logs, cost.total, cost.dataPoints].map((usd) => usd.toFixed(4)),
  ]);
  const total = batches.reduce((sum, events) => sum + events, 0);
  const parts = [
    `A million events, in dollars; CPU: medians of ${rounds} rounds; ${machine}.`,
    markdownTable([HEAD, ...cells]),
    "Data points are announced at that price, not billed yet, and not in the total.",
    ...(total > 0
      ? [
          `The demo shop sent ${total} events in ${batches.length} requests: median ${median(batches)}, mean ${fine(total / batches.length)}, most ${Math.max(...batches)}.`,
        ]
      : []),
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
  ];
  return parts.join("\n\n");
}
