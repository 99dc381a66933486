/** A verify report as people read it: what counts first, then the verdict, then details. */
import { formatNumber } from "../../lib/format-number.ts";
import { percent } from "./percent.ts";
import type { Delay, RateFigures, VerifyReport } from "./report.ts";

/** The report as text, without a newline at the end. */
export function table(report: VerifyReport, from: string): string {
  const [first, ...odd] = report.verdict;
  const parts = [
    from,
    rows(summaryRows(report)),
    [`  ${first}`, ...odd.map((sentence) => `  ! ${sentence}`)].join("\n"),
    rates("position", Object.entries(report.by_position)),
    rates(
      "variant",
      report.by_variant.map(({ experiment_id, variant_id, ...rate }) => [`${short(experiment_id)} ${short(variant_id)}`, rate]),
    ),
    delays(report),
    rows(detailRows(report)),
    scopes(report),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function summaryRows(report: VerifyReport): [string, string][] {
  const { decisions, exposures, exposures_by_basis, outcomes, joined, joined_late, orphans } = report;
  const total = joined + orphans;
  const named = Object.entries(exposures_by_basis).filter(([basis]) => basis !== "unknown");
  const bases = named.map(([basis, n]) => `${number(n)} ${basis}`);
  return [
    ...(decisions.requests === 0 ? [] : decisionRows(report)),
    ["exposures", bases.length === 0 ? number(exposures) : `${number(exposures)}  (${bases.join(", ")})`],
    ...Object.entries(outcomes).map(([type, n]): [string, string] => [`outcomes  ${type}`, number(n)]),
    [
      "joined",
      total === 0
        ? "0"
        : `${number(joined)}  (${percent(joined / total)} of outcomes${joined_late === 0 ? "" : `, ${number(joined_late)} late`})`,
    ],
    [
      "orphans",
      orphans === 0
        ? "0"
        : `${number(orphans)}  (${number(report.orphans_not_yet)} not yet, ${number(report.orphans_never)} never)`,
    ],
  ];
}

function decisionRows({ decisions: { requests, items, seen } }: VerifyReport): [string, string][] {
  return [
    ["decisions", number(requests)],
    ["decided items", `${number(items)}  (${number(seen)} seen, ${percent(items === 0 ? 0 : seen / items)})`],
  ];
}

function detailRows(report: VerifyReport): [string, string][] {
  const { sequences, experiments, clock } = report;
  return [
    ["duplicates dropped", number(report.duplicates)],
    ["redelivered by queue", number(report.redeliveries)],
    ["from dead-letter queues", number(report.from_dead_letter_queue)],
    ...Object.entries(report.dead_letters ?? {}).map(([code, n]): [string, string] => [`dead letters  ${code}`, number(n)]),
    ...(report.dead_letters === null ? [["dead letters", "unknown (they are on the bus)"] as [string, string]] : []),
    ...Object.entries(report.rejected).map(([code, n]): [string, string] => [`rejected  ${code}`, number(n)]),
    ["missing request_id", number(report.missing_request_id)],
    ["missing item_id", number(report.missing_item_id)],
    [
      "gaps in sessions",
      sequences.missing === 0 ? "0" : `${number(sequences.missing)}  (${number(sequences.unexplained)} not explained)`,
    ],
    ["clocks ahead", number(clock.ahead + clock.clock_skewed)],
    ...experiments.map(({ experiment_id, p_value }): [string, string] => [
      `experiment  ${short(experiment_id)}`,
      p_value === null ? "one variant" : `sample ratio p = ${p_value.toPrecision(3)}`,
    ]),
  ];
}

function rates(what: string, entries: [string, RateFigures][]): string {
  if (entries.length === 0) return "";
  const width = Math.max(8, ...entries.map(([name]) => name.length));
  const lines = entries.map(([name, rate]) => {
    const interval = rate.wilson_low === null ? "" : `${percent(rate.wilson_low)} to ${percent(rate.wilson_high!)}`;
    return `  ${name.padEnd(width)} ${columns([number(rate.exposures), number(rate.clicks), rate.exposures === 0 ? "-" : percent(rate.ctr)])}  ${interval}`.trimEnd();
  });
  return [`  ${what.padEnd(width)} ${columns(["exposures", "clicks", "ctr"])}  95 % (Wilson)`, ...lines].join("\n");
}

function delays({ exposure_to_outcome_ms, event_to_bus_ms }: VerifyReport): string {
  const given = [
    ["exposure to outcome", exposure_to_outcome_ms],
    ["event to bus", event_to_bus_ms],
  ].filter((pair): pair is [string, Delay] => pair[1] !== null);
  if (given.length === 0) return "";
  const lines = given.map(([name, { p50, p95, p99 }]) => `  ${name.padEnd(20)} ${columns([p50, p95, p99].map(duration))}`);
  return [`  ${"delay".padEnd(20)} ${columns(["p50", "p95", "p99"])}`, ...lines].join("\n");
}

function scopes({ scopes: found }: VerifyReport): string {
  if (found.length < 2) return "";
  const tenantWidth = Math.max(6, ...found.map(({ tenant_id }) => tenant_id.length));
  const name = (tenant: string, surface: string): string => `${tenant.padEnd(tenantWidth)}  ${surface}`;
  const names = found.map(({ tenant_id, surface }) => name(tenant_id, surface ?? "(no surface)"));
  const width = Math.max(...names.map((each) => each.length));
  const lines = found.map(({ decisions, exposures, joined, orphans, join_rate }, n) => {
    const cells = [number(decisions.requests), number(exposures), number(joined + orphans), number(orphans)];
    return `  ${names[n]!.padEnd(width)} ${columns([...cells, join_rate === null ? "-" : percent(join_rate)])}`;
  });
  const head = columns(["decisions", "exposures", "outcomes", "orphans", "joined"]);
  return [`  ${name("tenant", "surface").padEnd(width)} ${head}`, ...lines].join("\n");
}

function rows(pairs: [string, string][]): string {
  return pairs.map(([label, value]) => `  ${label.padEnd(28)} ${value}`).join("\n");
}

function columns(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(11)).join(" ");
}

function number(value: number | null): string {
  return value === null ? "unknown (no counters of the relay for this)" : formatNumber(value);
}

/** Milliseconds in the unit that people read. */
function duration(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1_000],
  ] as const;
  const [unit, size] = units.find(([, least]) => Math.abs(ms) >= least) ?? ["ms", 1];
  return `${size === 1 ? ms : (ms / size).toFixed(1)} ${unit}`;
}

/** The beginning of an id, where it is long. */
function short(id: string): string {
  return id.length > 13 ? `${id.slice(0, 12)}…` : id;
}
