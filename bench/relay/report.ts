import { markdownTable } from "../lib/markdown-table.ts";
import { exact, fine, whole } from "../lib/numbers.ts";
import { median } from "../lib/median.ts";
import { verdictTable, type Verdict } from "../lib/verdict.ts";
import { cpuRatio, cpuUs, type Measured, named, rate, ratio } from "./figures.ts";
import type { Latency } from "./latency.ts";
import type { Memory } from "./memory.ts";

/** What was measured. */
export interface Results {
  rows: Measured[];
  latencies: Latency[];
  memory: Memory | undefined;
  verdicts: Verdict[];
  machine: string;
  rounds: number;
  seconds: number;
  /** Mean bytes of a value. */
  valueBytes: number;
}

/** The tables in Markdown, for the terminal as well. */
export function report({ rows, latencies, memory, verdicts, machine, rounds, seconds, valueBytes }: Results): string {
  const parts = [
    `Medians of ${rounds} rounds, runs of ${seconds} s; values of ${whole(valueBytes)} bytes; broker, driver and contender share ${machine}.`,
    ...(rows.length > 0 ? [rateTable(rows), rows.map(line).join("\n")] : []),
    ...(latencies.length > 0 ? [latencyTable(latencies)] : []),
    ...(memory ? [memoryLine(memory)] : []),
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
  ];
  return parts.join("\n\n");
}

const line = ({ contender: { name, what } }: Measured): string => `- ${name}: ${what}`;

function rateTable(rows: readonly Measured[]): string {
  const cells = rows.map((row) => {
    const { name, client } = row.contender;
    const rates = row.runs.map((run) => run.rate);
    const bare = named(rows, client ?? "");
    return [
      name,
      whole(rate(row)),
      `${whole(Math.min(...rates))} to ${whole(Math.max(...rates))}`,
      exact(ratio(row, bare)),
      exact(ratio(row, named(rows, "kcat"))),
      fine(cpuUs(row)),
      exact(cpuRatio(row, bare)),
    ];
  });
  return markdownTable([
    ["at full load", "records/s", "in the rounds", "of its client", "of kcat", "CPU us each", "x its client"],
    ...cells,
  ]);
}

function latencyTable(latencies: readonly Latency[]): string {
  const cells = latencies.map(({ messages, rate: offered, deliveries, p50, p99 }) => {
    return [`deliveries of ${messages} messages`, whole(offered), whole(deliveries), whole(p50), whole(p99)];
  });
  return markdownTable([["at half of the load", "events/s", "deliveries", "p50 ms", "p99 ms"], ...cells]);
}

function memoryLine({ seconds, mb }: Memory): string {
  const [most, middle] = [Math.max(...mb), median(mb)].map(whole);
  return `Memory while 2,000 events/s come for ${whole(seconds)} s: ${middle} MB in the median, ${most} MB at most, ${whole(mb.at(-1) ?? NaN)} MB in the end.`;
}
