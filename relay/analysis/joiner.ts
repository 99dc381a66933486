/**
 * Joins outcomes to the exposures they came from, as envelopes arrive, in any order.
 *
 * An exposure counts once per (tenant, surface, unit, request, item, placement), whatever events recorded it, at the lowest position that
 * they name; an outcome once per event, which is known by (tenant, kind of key, id); it is joined when its (tenant, unit, request, item) was
 * exposed. An outcome that comes before its
 * exposure waits, and is an orphan until then: not yet arrived is not lost. An event of a project's own type that names a request and an item is
 * an outcome too; without either it says nothing of an item that was shown, and is no orphan.
 */
import type { Envelope } from "@sightline/worker/envelope";
import { createDecisions } from "./decisions.ts";
import { forgetOldest } from "./forget-oldest.ts";
import type { JoinFigures } from "./join-figures.ts";
import type { ExposedItem, JoinListener, Outcome } from "./join-listener.ts";
import { eventName, joinKeys } from "./join-keys.ts";
import { createPositionCounts } from "./position-counts.ts";
import { createSharedRequests } from "./shared-requests.ts";

/** What an envelope turned out to be. */
export type Joined = "decision" | "exposure" | "joined" | "orphan" | "repeated" | "other";

/** A running join. */
export interface Joiner {
  /** Takes an envelope of the bus; returns what it turned out to be, for whoever shows it. */
  add(envelope: Envelope): Joined;
  /** What else is known of the item that an outcome is about: whether its request showed it to another unit, and whether it was decided. */
  knownOf(envelope: Envelope): { shownToAnother: boolean; decided: boolean };
  figures(): JoinFigures;
}

type WireExperiment = NonNullable<Envelope["payload"]["experiments"]>[number];

interface JoinerOptions {
  /** Exposures to remember; the oldest go first, and outcomes of those gone become orphans. @default no limit */
  maxExposures?: number;
  /** The watch over request ids that its events are added to. @default one of its own */
  shared?: ReturnType<typeof createSharedRequests>;
  /** Told what is found out. @default nobody */
  listener?: JoinListener;
}

/** Makes a {@link Joiner}. */
export function createJoiner({
  maxExposures = Number.POSITIVE_INFINITY,
  shared = createSharedRequests(maxExposures),
  listener = {},
}: JoinerOptions = {}): Joiner {
  /** Exposures, and their positions. */
  const seen = new Map<string, number>();
  const exposed = new Map<string, ExposedItem>();
  /** (tenant, request, item), whatever the unit. */
  const exposedToAny = new Set<string>();
  const outcomeNames = new Set<string>();
  const waiting = new Map<string, { ofAny: string; outcomes: Outcome[] }>();
  const outcomes = new Map<string, number>();
  const positions = createPositionCounts();
  const decisions = createDecisions((item) => exposed.has(item), maxExposures, listener);
  let exposures = 0;
  let joined = 0;
  let orphans = 0;

  const join = (outcome: Outcome, exposure: ExposedItem, late: boolean): void => {
    joined++;
    listener.onJoined?.(outcome, exposure, late);
    exposure.acted = true;
    if (outcome.type === "click") positions.addClick(exposure);
  };

  const addExposure = (envelope: Envelope): Joined => {
    let isNew = false;
    const variants = variantsOf(envelope);
    for (const { item_id, position, placement, basis = "" } of envelope.payload.items ?? []) {
      const { item, ofAny } = joinKeys(envelope, item_id);
      const surface = envelope.payload.surface ?? "";
      const key = JSON.stringify([item, surface, placement ?? ""]);
      const before = seen.get(key);
      const known = exposed.get(item);
      if (before === undefined || position < before) {
        seen.set(key, position);
        positions.addExposure(position, before);
        if (known) positions.moveUp(known, position);
      }
      if (before !== undefined) continue;
      isNew = true;
      exposures++;
      const exposure = known ?? { surface, position, variants, clicks: 0, acted: false };
      listener.onExposed?.({ item: exposure, position, first: known === undefined, basis });
      if (known) continue;
      exposed.set(item, exposure);
      decisions.expose(item);
      exposedToAny.add(ofAny);
      const early = waiting.get(item)?.outcomes ?? [];
      waiting.delete(item);
      orphans -= early.length;
      for (const outcome of early) join(outcome, exposure, true);
    }
    for (const entries of [seen, exposed, exposedToAny]) forgetOldest(entries, maxExposures);
    return isNew ? "exposure" : "repeated";
  };

  const addDecision = (envelope: Envelope): Joined => {
    decisions.add(envelope);
    return "decision";
  };

  const addOutcome = (envelope: Envelope): Joined => {
    const { event_type: type, payload } = envelope;
    const name = eventName(envelope);
    if (outcomeNames.has(name)) return "repeated";
    outcomeNames.add(name);
    forgetOldest(outcomeNames, maxExposures);
    outcomes.set(type, (outcomes.get(type) ?? 0) + 1);
    const { item, ofAny } = joinKeys(envelope, payload.item_id);
    const outcome = { type, name, surface: payload.surface ?? "" };
    const exposure = payload.request_id === undefined ? undefined : exposed.get(item);
    if (exposure) {
      join(outcome, exposure, false);
      return "joined";
    }
    orphans++;
    listener.onOrphan?.(outcome);
    if (payload.request_id !== undefined) {
      waiting.set(item, { ofAny, outcomes: [...(waiting.get(item)?.outcomes ?? []), outcome] });
    }
    forgetOldest(waiting, maxExposures);
    return "orphan";
  };

  const addOwn = (envelope: Envelope): Joined => {
    const { request_id, item_id } = envelope.payload;
    return request_id === undefined || item_id === undefined ? "other" : addOutcome(envelope);
  };

  const orphansOfOtherUnits = (): number => {
    let count = 0;
    for (const { ofAny, outcomes: some } of waiting.values()) if (exposedToAny.has(ofAny)) count += some.length;
    return count;
  };

  return {
    add(envelope) {
      const add = {
        "rec.decision.made.v1": addDecision,
        "rec.exposure.recorded.v1": addExposure,
        "rec.outcome.recorded.v1": addOutcome,
        "app.event.recorded.v1": addOwn,
      }[envelope.type as string];
      if (add === undefined) return "other";
      shared.add(envelope);
      return add(envelope);
    },
    knownOf(envelope) {
      const { item, ofAny } = joinKeys(envelope, envelope.payload.item_id);
      return { shownToAnother: exposedToAny.has(ofAny), decided: decisions.has(item) };
    },
    figures: () => ({
      decisions: decisions.figures(),
      exposures,
      outcomes: Object.fromEntries([...outcomes].toSorted(([a], [b]) => a.localeCompare(b))),
      joined,
      orphans,
      orphans_of_other_units: orphansOfOtherUnits(),
      by_position: positions.figures(),
      ...shared.figures(),
    }),
  };
}

/** Each once, and what is none is left out: others publish, too. */
function variantsOf({ payload }: Envelope): string[] {
  const experiments: unknown[] = Array.isArray(payload.experiments) ? payload.experiments : [];
  const names = experiments.map((one) => {
    const { experiment_id, variant_id } = (one ?? {}) as Partial<WireExperiment>;
    return experiment_id && variant_id ? `${experiment_id}/${variant_id}` : "";
  });
  return [...new Set(names.filter(Boolean))];
}
