/** The answer to the one question of the first screen: can I trust this join? In words, with its figures and their main cause. */
import { wilsonInterval } from "../analysis/statistics/wilson-interval.ts";
import { formatNumber } from "../lib/format-number.ts";
import { plural } from "../lib/plural.ts";
import type { OrphanCause, OrphanGroup, ProblemsSection, RatesSection, SurfaceStages, Trust, VerdictSection } from "./state.ts";

/** From this rate on a join is trusted, and from the other on with care. `sightline verify --fail-under` is for a limit of one's own. */
const TRUSTED = 0.98;
const WITH_CARE = 0.9;
/** Outcomes without which a rate says little. */
const ENOUGH = 20;
/** Share of refused events that puts figures in doubt. */
const REFUSED = 0.01;

/** What it is found from. */
export interface VerdictFacts {
  joined: number;
  orphans: number;
  exposures: number;
  /** Events that the view has read, those that were refused among them. */
  events: number;
  /** Why nothing is taken; null while the relay takes. */
  trouble: string | null;
  problems: ProblemsSection;
  funnel: SurfaceStages[];
  rates: RatesSection;
  dead_lettered: number;
  /** What makes figures other than they seem. */
  caveats: string[];
}

/** Why an outcome does not join, as the rest of "… name no request_id". */
const CAUSES: Record<Exclude<OrphanCause, "waiting">, string> = {
  no_request_id: "name no request_id",
  shown_to_another_unit: "are of an item that was shown to another unit",
  decided_not_seen: "are of an item that was recommended, but not reported as seen",
  request_without_item: "are of an item that no exposure of their request names",
  request_unknown: "are of a request of which no exposure has arrived",
  forgotten: "are too many to be looked at one by one",
};

/** Finds it. */
export function verdict(facts: VerdictFacts): VerdictSection {
  const { joined, orphans, trouble } = facts;
  const outcomes = joined + orphans;
  const waiting = countOf(facts.problems.orphans, "waiting");
  const unjoined = orphans - waiting;
  const settled = joined + unjoined;
  const reasons = reasonsOf(facts);
  return {
    outcomes,
    joined,
    waiting,
    unjoined,
    reasons,
    join_rate: outcomes === 0 ? null : joined / outcomes,
    interval: wilsonInterval(joined, outcomes) ?? null,
    trust: trouble === null ? trustOf(joined, settled, reasons.length > 0) : "not now",
    sentence: trouble === null ? sentenceOf(facts, { settled, waiting, unjoined }) : stoppedOf(joined, settled),
  };
}

function trustOf(joined: number, settled: number, isInDoubt: boolean): Trust {
  if (settled < ENOUGH) return "not known yet";
  const rate = joined / settled;
  if (rate < WITH_CARE) return "no";
  return rate < TRUSTED || isInDoubt ? "with care" : "yes";
}

function sentenceOf(
  { joined, exposures, problems }: VerdictFacts,
  counts: { settled: number; waiting: number; unjoined: number },
): string {
  const { settled, waiting, unjoined } = counts;
  const still =
    waiting === 0
      ? ""
      : ` ${formatNumber(waiting)} more still ${waiting === 1 ? "waits" : "wait"} for ${waiting === 1 ? "its exposure" : "their exposures"}.`;
  if (settled === 0) {
    return waiting === 0
      ? `No outcome has arrived; ${plural(exposures, "exposure")} ${exposures === 1 ? "has" : "have"}.`
      : `No outcome is joined yet.${still}`;
  }
  const few = settled < ENOUGH ? ` That is too few to judge: ${ENOUGH} outcomes are needed.` : "";
  const main = problems.orphans.find(({ cause }) => cause !== "waiting");
  const cause = main && main.cause !== "waiting" ? ` ${ofWhich(main.n, unjoined)} ${CAUSES[main.cause]}.` : "";
  return `${figures(joined, settled)}${cause}${still}${few}`;
}

/** The reason stands above it, in red. */
function stoppedOf(joined: number, settled: number): string {
  const before = settled === 0 ? "No outcome came before." : `Of what came before, ${figures(joined, settled)}`;
  return `The relay takes nothing, so what happens now is not seen yet. ${before}`;
}

/** Without those for which it is too early. */
function figures(joined: number, settled: number): string {
  if (settled === 0) return "No outcome has arrived.";
  return `${formatNumber(joined)} of ${plural(settled, "outcome")} ${joined === 1 ? "joins" : "join"} what was seen (${percent(joined / settled)}).`;
}

/** How many of those that do not join have a cause. */
function ofWhich(n: number, all: number): string {
  if (n === all) return all === 1 ? "The other one:" : `The other ${formatNumber(all)}`;
  return `${formatNumber(n)} of the other ${formatNumber(all)}`;
}

function reasonsOf({ caveats, problems, events, funnel, rates, dead_lettered }: VerdictFacts): string[] {
  const refused = problems.refused.reduce((sum, { n }) => sum + n, 0);
  const [first] = problems.refused;
  const reasons = [...caveats];
  if (first && refused > events * REFUSED) {
    reasons.push(
      `${plural(refused, "event")} of ${formatNumber(events)} (${percent(refused / events)}) ${refused === 1 ? "was" : "were"} refused, most of them by ${first.code}: figures lack them`,
    );
  }
  if (dead_lettered > 0) {
    reasons.push(
      `${plural(dead_lettered, "event")} ${dead_lettered === 1 ? "is" : "are"} in the dead letters and in no figure: sightline dlq list shows them`,
    );
  }
  const undecided = funnel.filter(({ requested, requested_and_seen, seen }) => requested > 0 && seen > requested_and_seen);
  for (const { surface, requested_and_seen, seen } of undecided) {
    reasons.push(
      `${named(surface)}: ${plural(seen - requested_and_seen, "seen item")} without a decision; what was requested is not logged whole`,
    );
  }
  // Otherwise every outcome joins, whatever was seen.
  const bases = funnel.flatMap(({ basis }) => Object.entries(basis));
  const all = bases.reduce((sum, [, n]) => sum + n, 0);
  const clicked = bases.reduce((sum, [name, n]) => (name === "click" ? sum + n : sum), 0);
  if (all >= ENOUGH && clicked > all / 2) {
    reasons.push(
      `${percent(clicked / all)} of the exposures are known by their click alone: such a join is true of itself, and says nothing of what was seen without a click`,
    );
  }
  const over = rates.variants.find(({ ctr }) => ctr > 1);
  if (over)
    reasons.push(
      `variant ${over.name}: over 100 %, since ${formatNumber(over.repeated_clicks)} of its clicks are on what was clicked before`,
    );
  return reasons;
}

function named(surface: string): string {
  return surface === "" ? "events without a surface" : surface;
}

function countOf(groups: OrphanGroup[], cause: OrphanCause): number {
  return groups.find((group) => group.cause === cause)?.n ?? 0;
}

/** Cut, not rounded: 100 % is all of them. */
function percent(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
