/** Makes the figures of a report of what was counted. */
import { type Counter, totals } from "../../state/counters.ts";
import type { SharedRequests } from "../shared-requests.ts";
import type { DeadLetterCount } from "../sources/source.ts";
import { delaysOf } from "./delays.ts";
import { rateOf, rounded } from "./rates.ts";
import type { Figures } from "./report.ts";
import type { Tally } from "./tally.ts";

/** Request ids that are named. */
const EXAMPLES = 5;
/** Code of dead letters that have the id of another event. */
const CONFLICT = "event_id_conflict";

/** What else is known of the same tenant and surface. */
interface Beside {
  /** The relay's durable counters; undefined where this machine has none. */
  counters: readonly Counter[] | undefined;
  /** Undefined where the source has none. */
  deadLetters: readonly DeadLetterCount[] | undefined;
}

/** The figures. */
export function figuresOf(tally: Tally, { counters, deadLetters }: Beside): Figures {
  const { joined, orphans, expected } = tally;
  const counted = counters && totals(counters);
  const dead = deadLetters && sumByCode(deadLetters);
  return {
    decisions: tally.decisions,
    exposures: tally.exposures,
    exposures_by_basis: sorted(tally.byBasis),
    outcomes: sorted(tally.outcomes),
    joined,
    joined_late: tally.late,
    join_rate: joined + orphans === 0 ? null : rounded(joined / (joined + orphans)),
    orphans,
    orphans_not_yet: expected,
    orphans_never: orphans - expected,
    orphans_of_other_units: tally.ofOtherUnits,
    missing_request_id: tally.missingRequestId,
    missing_item_id: tally.missingItemId,
    by_position: Object.fromEntries(
      [...tally.byPosition].toSorted(([a], [b]) => a - b).map(([position, rate]) => [String(position), rateOf(rate)]),
    ),
    by_variant: [...tally.byVariant].toSorted().map(([key, rate]) => {
      const [experiment_id, variant_id] = JSON.parse(key) as [string, string];
      return { experiment_id, variant_id, ...rateOf(rate) };
    }),
    several_units: namesOf(tally.severalUnits),
    several_surfaces: namesOf(tally.severalSurfaces),
    duplicates: counted?.duplicates ?? null,
    redeliveries: counted?.redelivered ?? null,
    from_dead_letter_queue: counted?.from_dead_letter_queue ?? null,
    rejected: sorted(tally.rejected),
    empty_exposures: tally.emptyExposures,
    dead_letters: dead ? sorted(dead) : null,
    conflicts: dead ? (dead.get(CONFLICT) ?? 0) : null,
    exposure_to_outcome_ms: delaysOf(tally.outcomeDelays),
    event_to_bus_ms: delaysOf(tally.busDelays),
    clock: tally.clock,
  };
}

function sumByCode(deadLetters: readonly DeadLetterCount[]): Map<string, number> {
  const byCode = new Map<string, number>();
  for (const { code, letters } of deadLetters) byCode.set(code, (byCode.get(code) ?? 0) + letters);
  return byCode;
}

function namesOf(requests: ReadonlyMap<string, string>): SharedRequests {
  return { requests: requests.size, examples: [...requests.values()].toSorted().slice(0, EXAMPLES) };
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
