import { markdownTable } from "../lib/markdown-table.ts";
import { fine, whole } from "../lib/numbers.ts";
import { verdictTable } from "../lib/verdict.ts";
import type { Results } from "./bench-sdk.ts";
import { middle, ratioTo } from "./figures.ts";
import type { Measured, Sample } from "./measure.ts";

const BURST_HEAD =
  "1000 events in one loop, bundle B, loop ms, x naive, tasks ms, x naive, CPU ms, x naive, longest ms, requests, body B/event, with headers, heap kB";

/** The tables in Markdown, for the terminal as well. */
export function report(results: Results): string {
  const { bursts, longRuns, verdicts, machine, rounds } = results;
  const parts = [
    `Medians of ${rounds} rounds; ${machine}.`,
    ...(bursts.length > 0 ? [burstTable(results), settings(results)] : []),
    ...(longRuns.length > 0 ? [longRunTable(longRuns)] : []),
    ...failures([...bursts, ...longRuns]),
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
  ];
  return parts.join("\n\n");
}

function burstTable({ bursts, bundles }: Results): string {
  const naive = bursts.find(({ scenario }) => scenario.name === "naive");
  const ratio = (row: Measured, figure: keyof Sample): string => fine(naive ? ratioTo(naive, row, figure) : NaN);
  const cells = bursts.map((row) => [
    row.scenario.name,
    whole(bundles.get(row.scenario.name) ?? NaN),
    fine(middle(row, "syncMs")),
    ratio(row, "syncMs"),
    whole(middle(row, "taskMs")),
    ratio(row, "taskMs"),
    whole(middle(row, "cpuMs")),
    ratio(row, "cpuMs"),
    whole(middle(row, "longestMs")),
    whole(middle(row, "requests")),
    fine(middle(row, "bodyPerEvent")),
    fine(middle(row, "wirePerEvent")),
    whole(middle(row, "heapBytes") / 1_000),
  ]);
  return markdownTable([BURST_HEAD.split(", "), ...cells]);
}

function settings({ bursts, versions }: Results): string {
  const lines = bursts.map(({ scenario: { contender, setting } }) => {
    const version = contender.package ? ` (${contender.package} ${versions[contender.package]})` : "";
    return `- ${contender.name}${version}: ${setting}`;
  });
  return lines.join("\n");
}

function longRunTable(rows: readonly Measured[]): string {
  const cells = rows.map((row) => [
    row.scenario.setting,
    whole(middle(row, "events")),
    whole(middle(row, "taskMs")),
    whole(middle(row, "cpuMs")),
    whole(middle(row, "longestMs")),
    whole(middle(row, "requests")),
  ]);
  return markdownTable([["sightline alone", "events that came", "tasks ms", "CPU ms", "longest ms", "requests"], ...cells]);
}

function failures(rows: readonly Measured[]): string[] {
  const failed = rows.filter(({ failure }) => failure);
  return failed.map(
    ({ scenario, samples, failure }) => `${scenario.name} did not finish round ${samples.length + 1}: ${failure}.`,
  );
}
