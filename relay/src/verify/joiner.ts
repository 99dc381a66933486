/**
 * Joins outcomes to the exposures they came from, as envelopes arrive, in any order.
 *
 * An exposure counts once per (tenant, request, item, placement), whatever events recorded it; an outcome once per event id, and it is
 * joined when its (tenant, request, item) was exposed. An outcome that comes before its exposure waits, and is an orphan until then:
 * not yet arrived is not lost.
 */
import type { Envelope } from "@sightline/worker/envelope";

/** Exposures and clicks at one position. */
export interface PositionFigures {
  exposures: number;
  /** Joined clicks of what was exposed at this position. */
  clicks: number;
  /** clicks / exposures. */
  ctr: number;
}

/** What the joiner has counted. */
export interface JoinFigures {
  /** Distinct (request, item, placement). */
  exposures: number;
  /** Distinct outcome events by type, for example `{click: 69}`. */
  outcomes: Record<string, number>;
  /** Outcomes whose item was exposed under their request. */
  joined: number;
  /** Outcomes that are not joined, with or without a request_id. */
  orphans: number;
  /** By the position of the exposure, from 1 upwards. */
  by_position: Record<string, PositionFigures>;
}

/** What an envelope turned out to be. */
export type Joined = "exposure" | "joined" | "orphan" | "repeated" | "other";

/** A running join. */
export interface Joiner {
  /** Takes an envelope of the bus; answers what it turned out to be, for whoever shows it. */
  add(envelope: Envelope): Joined;
  figures(): JoinFigures;
}

interface JoinerOptions {
  /** Exposures to remember; the oldest go first, and outcomes of those gone become orphans. @default no limit */
  maxExposures?: number;
}

interface Exposed {
  position: number;
}

/** Makes a {@link Joiner}. */
export function createJoiner({ maxExposures = Number.POSITIVE_INFINITY }: JoinerOptions = {}): Joiner {
  const seen = new Set<string>();
  const exposed = new Map<string, Exposed>();
  const outcomeIds = new Set<string>();
  const waiting = new Map<string, string[]>();
  const outcomes = new Map<string, number>();
  const positions = new Map<number, { exposures: number; clicks: number }>();
  let exposures = 0;
  let joined = 0;
  let orphans = 0;

  const at = (position: number) => {
    const found = positions.get(position) ?? { exposures: 0, clicks: 0 };
    positions.set(position, found);
    return found;
  };
  const join = (type: string, exposure: Exposed): void => {
    joined++;
    if (type === "click") at(exposure.position).clicks++;
  };

  const addExposure = ({ payload, metadata }: Envelope): Joined => {
    let isNew = false;
    for (const { item_id, position, placement } of payload.items ?? []) {
      const item = joinKey(metadata.tenant_id, payload.request_id, item_id);
      const key = JSON.stringify([item, placement ?? ""]);
      if (seen.has(key)) continue;
      seen.add(key);
      isNew = true;
      exposures++;
      at(position).exposures++;
      if (exposed.has(item)) continue;
      exposed.set(item, { position });
      const early = waiting.get(item) ?? [];
      waiting.delete(item);
      orphans -= early.length;
      for (const type of early) join(type, { position });
    }
    forget(seen, maxExposures);
    forget(exposed, maxExposures);
    return isNew ? "exposure" : "repeated";
  };

  const addOutcome = ({ id, event_type, payload, metadata }: Envelope): Joined => {
    const outcome = JSON.stringify([metadata.tenant_id, id]);
    if (outcomeIds.has(outcome)) return "repeated";
    outcomeIds.add(outcome);
    forget(outcomeIds, maxExposures);
    outcomes.set(event_type, (outcomes.get(event_type) ?? 0) + 1);
    const item = joinKey(metadata.tenant_id, payload.request_id, payload.item_id);
    const exposure = payload.request_id === undefined ? undefined : exposed.get(item);
    if (exposure) {
      join(event_type, exposure);
      return "joined";
    }
    orphans++;
    if (payload.request_id !== undefined) waiting.set(item, [...(waiting.get(item) ?? []), event_type]);
    forget(waiting, maxExposures);
    return "orphan";
  };

  return {
    add(envelope) {
      if (envelope.type === "rec.exposure.recorded.v1") return addExposure(envelope);
      if (envelope.type === "rec.outcome.recorded.v1") return addOutcome(envelope);
      return "other";
    },
    figures: () => ({
      exposures,
      outcomes: Object.fromEntries([...outcomes].toSorted(([a], [b]) => a.localeCompare(b))),
      joined,
      orphans,
      by_position: Object.fromEntries([...positions].toSorted(([a], [b]) => a - b).map(([n, f]) => [String(n), withRate(f)])),
    }),
  };
}

function joinKey(tenant: string, request: string | undefined, item: string | undefined): string {
  return JSON.stringify([tenant, request ?? "", item ?? ""]);
}

function withRate({ exposures, clicks }: { exposures: number; clicks: number }): PositionFigures {
  return { exposures, clicks, ctr: exposures === 0 ? 0 : Number((clicks / exposures).toFixed(6)) };
}

/** Keeps a set or map to its newest entries: both iterate in the order of insertion. */
function forget(entries: Set<string> | Map<string, unknown>, max: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= max) return;
    entries.delete(key);
  }
}
