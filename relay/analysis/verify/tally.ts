/** Adds the rows of queries up: one tally for each tenant and surface, and one of all. */
import type { Counts } from "./count.ts";
import type { DelayCounts } from "./delays.ts";
import { NO_CLICKS, type RateCounts } from "./rates.ts";
import type { ClockFigures } from "./report.ts";
import type { Row } from "../sql/run-sql.ts";

/** What is counted of a tenant and surface, or of all. */
export interface Tally {
  decisions: { requests: number; items: number; seen: number };
  exposures: number;
  byBasis: Map<string, number>;
  outcomes: Map<string, number>;
  joined: number;
  late: number;
  orphans: number;
  expected: number;
  ofOtherUnits: number;
  missingRequestId: number;
  missingItemId: number;
  byPosition: Map<number, RateCounts>;
  /** By [experiment_id, variant_id] as JSON. */
  byVariant: Map<string, RateCounts>;
  rejected: Map<string, number>;
  emptyExposures: number;
  outcomeDelays: DelayCounts;
  busDelays: DelayCounts;
  clock: ClockFigures;
  /** [tenant_id, request_id] as JSON. */
  severalUnits: Map<string, string>;
  severalSurfaces: Map<string, string>;
}

const BASES = ["", "viewable", "click", "vouched", "unknown"];

/** The tally of all that is asked for, and those by scope. */
export function tallyUp(counts: Counts): { total: Tally; byScope: Map<string, Tally> } {
  const total = emptyTally();
  const byScope = new Map(counts.scopes.map(({ scope }) => [String(scope), emptyTally()]));
  const each = (rows: Row[], add: (tally: Tally, row: Record<string, number>, text: Record<string, string>) => void): void => {
    for (const row of rows) {
      const own = byScope.get(String(row["scope"]));
      // Of another surface than is asked for.
      if (own === undefined) continue;
      for (const tally of [own, total]) add(tally, row as Record<string, number>, row as Record<string, string>);
    }
  };
  each(counts.decisions, (tally, row) => {
    tally.decisions.requests += row["requests"]!;
  });
  const decided = counts["decided-items"];
  const twice = decided.filter(({ scope, another_scope }) => String(scope) !== String(another_scope));
  each([...decided, ...twice.map((row) => ({ ...row, scope: row["another_scope"] }))], (tally, row) => {
    tally.decisions.items += row["items"]!;
    tally.decisions.seen += row["seen"]!;
  });
  const variants = variantsByList(counts.variants);
  each(counts.exposures, (tally, row) => {
    const exposures = row["exposures"]!;
    tally.exposures += exposures;
    increase(tally.byBasis, BASES[row["basis"]!] ?? "unknown", exposures);
    addRate(tally.byPosition, row["position"]!, { ...NO_CLICKS, exposures });
    for (const variant of variants(row)) addRate(tally.byVariant, variant, { ...NO_CLICKS, exposures });
  });
  each(counts.clicks, (tally, row) => {
    const rate = { exposures: 0, clicks: row["clicks"]!, clicked: row["clicked"]!, elsewhere: row["elsewhere"]! };
    addRate(tally.byPosition, row["position"]!, rate);
    for (const variant of variants(row)) addRate(tally.byVariant, variant, rate);
  });
  each(counts.outcomes, (tally, row, text) => {
    increase(tally.outcomes, text["event_type"]!, row["outcomes"]!);
    tally.joined += row["joined"]!;
    tally.late += row["late"]!;
    tally.orphans += row["orphans"]!;
    tally.expected += row["expected"]!;
    tally.ofOtherUnits += row["of_other_units"]!;
    tally.missingRequestId += row["missing_request_id"]!;
    tally.missingItemId += row["missing_item_id"]!;
    tally.clock.outcomes_before_exposure += row["before_exposure"]!;
  });
  each(counts["outcome-delays"], (tally, row) => increase(tally.outcomeDelays, row["delay_ms"]!, row["events"]!));
  each(counts["bus-delays"], (tally, row) => increase(tally.busDelays, row["delay_ms"]!, row["events"]!));
  each(counts.events, ({ clock }, row) => {
    for (const name of ["clock_skewed", "future_timestamp", "old_timestamp", "ahead"] as const) clock[name] += row[name]!;
    clock.most_ahead_ms = Math.max(clock.most_ahead_ms, row["most_ahead_ms"] ?? 0);
  });
  each(counts.rejects, (tally, row, text) => {
    increase(tally.rejected, text["error"]!, row["events"]!);
    if (text["error"] === "empty_items" && text["event_type"] === "exposure") tally.emptyExposures += row["events"]!;
  });
  each(counts["shared-requests"], (tally, row, text) => {
    const key = JSON.stringify([text["tenant_id"], text["request_id"]]);
    if (row["has_several_units"]) tally.severalUnits.set(key, text["request_id"]!);
    if (row["has_several_surfaces"]) tally.severalSurfaces.set(key, text["request_id"]!);
  });
  return { total, byScope };
}

function emptyTally(): Tally {
  return {
    decisions: { requests: 0, items: 0, seen: 0 },
    exposures: 0,
    byBasis: new Map(),
    outcomes: new Map(),
    joined: 0,
    late: 0,
    orphans: 0,
    expected: 0,
    ofOtherUnits: 0,
    missingRequestId: 0,
    missingItemId: 0,
    byPosition: new Map(),
    byVariant: new Map(),
    rejected: new Map(),
    emptyExposures: 0,
    outcomeDelays: new Map(),
    busDelays: new Map(),
    clock: { clock_skewed: 0, future_timestamp: 0, old_timestamp: 0, ahead: 0, most_ahead_ms: 0, outcomes_before_exposure: 0 },
    severalUnits: new Map(),
    severalSurfaces: new Map(),
  };
}

/** The variants of a row's list of experiments. */
function variantsByList(rows: Row[]): (row: Row) => string[] {
  const lists = new Map<string, string[]>();
  for (const { variants, experiment_id, variant_id } of rows) {
    const list = lists.get(String(variants)) ?? [];
    lists.set(String(variants), list);
    list.push(JSON.stringify([experiment_id, variant_id]));
  }
  return ({ variants }) => lists.get(String(variants)) ?? [];
}

function addRate<K>(rates: Map<K, RateCounts>, key: K, more: RateCounts): void {
  const { exposures, clicks, clicked, elsewhere } = rates.get(key) ?? NO_CLICKS;
  rates.set(key, {
    exposures: exposures + more.exposures,
    clicks: clicks + more.clicks,
    clicked: clicked + more.clicked,
    elsewhere: elsewhere + more.elsewhere,
  });
}

function increase<K>(counts: Map<K, number>, key: K, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}
