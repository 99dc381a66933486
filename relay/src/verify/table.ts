/** A verify report as people read it. */
import type { DecisionFigures } from "./join-figures.ts";
import type { SharedRequests } from "./shared-requests.ts";
import type { VerifyReport } from "./verify.ts";

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
  const notes = notesOf(report);
  if (notes.length > 0) lines.push("", ...notes.map((note) => `  ! ${note}`));
  return lines.join("\n");
}

function decisionRows({ requests, items, seen }: DecisionFigures): [string, string][] {
  return [
    ["decisions", number(requests)],
    ["decided items", `${number(items)}  (${number(seen)} seen, ${percent(items === 0 ? 0 : seen / items)})`],
  ];
}

/** What makes figures other than they seem, in words. */
function notesOf({ several_units, several_surfaces, orphans_of_other_units, by_position, unreadable }: VerifyReport): string[] {
  const notes = [
    shared(several_units, "under more than one unit: was a page cached for all, or an id made once for many?"),
    shared(several_surfaces, "on more than one surface: a request belongs to one"),
  ].filter((note) => note !== undefined);
  if (orphans_of_other_units > 0) {
    notes.push(`${number(orphans_of_other_units)} orphans are of items that their request showed to another unit`);
  }
  for (const [position, { exposures, clicks, repeated_clicks }] of Object.entries(by_position)) {
    if (clicks <= exposures) continue;
    notes.push(`position ${position}: over 100 %, since ${number(repeated_clicks)} of its clicks are on what was clicked before`);
  }
  if (unreadable.records > 0) {
    const places = unreadable.examples.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`);
    const more = unreadable.records > places.length ? ", …" : "";
    notes.push(`${number(unreadable.records)} records are no events, and not counted (${places.join(", ")}${more})`);
  }
  return notes;
}

function shared({ requests, examples }: SharedRequests, what: string): string | undefined {
  if (requests === 0) return undefined;
  return `${number(requests)} request ids are ${what} (${examples.join(", ")}${requests > examples.length ? ", …" : ""})`;
}

function number(value: number | null): string {
  return value === null ? "unknown (no relay state here)" : value.toLocaleString("en-GB");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
