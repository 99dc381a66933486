import { markdownTable } from "../lib/markdown-table.ts";
import { whole } from "../lib/numbers.ts";
import { percentile } from "../lib/percentile.ts";
import { judge, type Verdict, verdictTable } from "../lib/verdict.ts";
import { type Kind, KINDS, type Setting } from "./settings.ts";
import type { Timed } from "./run-way.ts";
import { STAGES } from "./trail.ts";

/** What one setting came to. */
export interface Measured {
  setting: Setting;
  timed: Timed[];
}

/** Middle and 99th percentile of what the events of a kind took, in each stage and in the whole, milliseconds. */
export interface Figures {
  kind: Kind;
  events: number;
  p50: number[];
  p99: number[];
}

/** The figures of each kind. */
export function figures(timed: readonly Timed[]): Figures[] {
  return KINDS.map((kind) => {
    const times = timed.filter((one) => one.kind === kind).map((one) => one.times);
    const columns = [...STAGES, "whole"].map((_, nth) => times.map((row) => row[nth]!));
    const at = (share: number): number[] => columns.map((column) => percentile(column, share));
    return { kind, events: times.length, p50: at(0.5), p99: at(0.99) };
  });
}

/** Judges the whole, for each kind. */
export function limits(measured: readonly Measured[]): Verdict[] {
  return measured.flatMap(({ setting: { name, p99Ms }, timed }) =>
    figures(timed).map(({ kind, p99 }) => judge(`${name}, ${kind}s`, "p99 of the whole, ms", p99.at(-1)!, p99Ms[kind])),
  );
}

/** The tables in Markdown, for the terminal as well. */
export function report(measured: readonly Measured[], verdicts: readonly Verdict[], machine: string): string {
  const parts = [
    `From a call in a page to a consumer of committed records, milliseconds, p50 / p99; all parts share ${machine}. Every event came exactly once.`,
    measured.map(({ setting }) => `- ${setting.name}: ${listed(setting)}`).join("\n"),
    ...measured.map(table),
    "outcomes: `tracker.track`, as `outcome` does, sent at once; exposures: `request.exposed`, as an observed element does, which wait `flushInterval` for company.",
    verdictTable(verdicts),
  ];
  return parts.join("\n\n");
}

/** What is set, and where. */
const listed = ({ flushInterval, batchTimeout }: Setting): string =>
  `\`flushInterval: ${flushInterval}\` of \`createTracker\` (ms), \`max_batch_timeout = ${batchTimeout}\` of the queue's consumer (s)`;

function table({ setting: { name }, timed }: Measured): string {
  const rows = figures(timed).map(({ kind, events, p50, p99 }) => [
    `${kind}s`,
    whole(events),
    ...p50.map((middle, nth) => `${whole(middle)} / ${whole(p99[nth]!)}`),
  ]);
  return markdownTable([[name, "events", ...STAGES, "whole"], ...rows]);
}
