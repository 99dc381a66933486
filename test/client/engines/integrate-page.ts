/** The part of docs/integrate.md that a run of the matrix writes. */
import { readFileSync } from "node:fs";
import type { Row } from "./run-matrix.ts";
import type { Scenario } from "./scenario.ts";

/** Where it is. */
export const PAGE = new URL("../../../docs/integrate.md", import.meta.url);

const [BEGIN, END] = ["<!-- engines: written by `npm run matrix -- --write` -->\n", "<!-- end of engines -->"];

/** The text of the page with the table of a run in it. Throws where the run lacks a scenario in an engine. */
export function integratePage(scenarios: readonly Scenario[], rows: readonly Row[]): string {
  const page = readFileSync(PAGE, "utf8");
  const { begin, end } = bounds(page);
  return `${page.slice(0, begin)}\n${tableOf(scenarios, rows)}\n\n${page.slice(end)}`;
}

/** The table: a promise a line, with what came of it in each engine, and the first versions. */
export function tableOf(scenarios: readonly Scenario[], rows: readonly Row[]): string {
  const versions = [...new Set(rows.map(({ engine, version }) => version || engine))];
  const cellOf = (scenario: Scenario, version: string): string =>
    cell(
      scenario.name,
      rows.filter((row) => row.scenario === scenario.name && (row.version || row.engine) === version),
    );
  const head = ["promise", ...versions, "Chrome, Edge", "Firefox", "Safari", "iOS"];
  const lines = scenarios.map((scenario) => {
    const { promise, first } = scenario;
    const ran = versions.map((version) => cellOf(scenario, version));
    return [promise, ...ran, first.chrome, first.firefox, first.safari, first.ios];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)));
  const written = (cells: readonly string[]): string => `| ${cells.map((one, i) => one.padEnd(widths[i]!)).join(" | ")} |`;
  return [written(head), written(widths.map((width) => "-".repeat(width))), ...lines.map(written)].join("\n");
}

/** What came of the runs of a scenario in an engine. */
function cell(name: string, runs: readonly Row[]): string {
  const [first] = runs;
  if (!first) throw new Error(`expected a run of ${name} in every engine`);
  if (first.skipped !== undefined) return "not run";
  const kept = runs.filter(({ problems }) => problems.length === 0);
  if (kept.length < runs.length) return `**${kept.length} of ${runs.length}**`;
  const seconds = (Math.max(...kept.map(({ finding }) => finding?.ms ?? 0)) / 1_000).toFixed(1);
  return `${kept.length} of ${runs.length}, ${seconds} s`;
}

function bounds(page: string): { begin: number; end: number } {
  const [begin, end] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  if (begin < BEGIN.length || end < begin) throw new Error(`expected ${BEGIN.trim()} and ${END} in docs/integrate.md`);
  return { begin, end };
}
