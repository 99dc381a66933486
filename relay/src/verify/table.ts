/** A verify report as people read it. */
import type { VerifyReport } from "./verify.ts";

/** The report as a table of text, without a newline at the end. */
export function table(report: VerifyReport, from: string): string {
  const { exposures, outcomes, joined, orphans, duplicates, redeliveries, from_dead_letter_queue, rejected, by_position } =
    report;
  const total = joined + orphans;
  const rows: [string, string][] = [
    ["exposures", number(exposures)],
    ...Object.entries(outcomes).map(([type, n]): [string, string] => [`outcomes  ${type}`, number(n)]),
    ["joined", total === 0 ? "0" : `${number(joined)}  (${percent(joined / total)} of outcomes)`],
    ["orphans", number(orphans)],
    ["duplicates dropped", number(duplicates)],
    ["redelivered by queue", number(redeliveries)],
    ["from dead-letter queues", number(from_dead_letter_queue)],
    ...Object.entries(rejected).map(([code, n]): [string, string] => [`rejected  ${code}`, number(n)]),
  ];
  const lines = [from, "", ...rows.map(([label, value]) => `  ${label.padEnd(28)} ${value}`)];
  if (Object.keys(by_position).length > 0) {
    lines.push("", "  position   exposures      clicks       ctr");
    for (const [position, figures] of Object.entries(by_position)) {
      const cells = [
        number(figures.exposures).padStart(11),
        number(figures.clicks).padStart(11),
        percent(figures.ctr).padStart(9),
      ];
      lines.push(`  ${position.padEnd(8)} ${cells.join(" ")}`);
    }
  }
  return lines.join("\n");
}

function number(value: number | null): string {
  return value === null ? "unknown (no relay state here)" : value.toLocaleString("en-GB");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
