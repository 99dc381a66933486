/** A verify report as people read it. */
import type { DecisionFigures } from "./join-figures.ts";
import { caveatsOf } from "./caveats.ts";
import type { VerifyReport } from "./verify.ts";
import { formatNumber } from "../lib/format-number.ts";

/** The report as a table of text, without a newline at the end. */
export function table(report: VerifyReport, from: string): string {
  const { decisions, exposures, outcomes, joined, orphans, rejected, dead_letters, by_position } = report;
  const total = joined + orphans;
  const rows: [string, string][] = [
    ...(decisions.requests === 0 ? [] : decisionRows(decisions)),
    ["exposures", number(exposures)],
    ...Object.entries(outcomes).map(([type, n]): [string, string] => [`outcomes  ${type}`, number(n)]),
    ["joined", total === 0 ? "0" : `${number(joined)}  (${percent(joined / total)} of outcomes)`],
    ["orphans", number(orphans)],
    ["duplicates dropped", number(report.duplicates)],
    ["redelivered by queue", number(report.redeliveries)],
    ["from dead-letter queues", number(report.from_dead_letter_queue)],
    ...Object.entries(dead_letters).map(([code, n]): [string, string] => [`dead letters  ${code}`, number(n)]),
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
  const caveats = caveatsOf(report);
  if (caveats.length > 0) lines.push("", ...caveats.map((caveat) => `  ! ${caveat}`));
  return lines.join("\n");
}

function decisionRows({ requests, items, seen }: DecisionFigures): [string, string][] {
  return [
    ["decisions", number(requests)],
    ["decided items", `${number(items)}  (${number(seen)} seen, ${percent(items === 0 ? 0 : seen / items)})`],
  ];
}

function number(value: number | null): string {
  return value === null ? "unknown (no relay state here)" : formatNumber(value);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
