import type { Envelope } from "@sightline/worker/envelope";
import { forgetOldest } from "./forget-oldest.ts";
import type { DecisionFigures } from "./join-figures.ts";
import type { JoinListener } from "./join-listener.ts";
import { joinKeys } from "./join-keys.ts";

/** Decisions, and which of their items were exposed, before or after. */
export interface Decisions {
  add(envelope: Envelope): void;
  /** An item is exposed for the first time. */
  expose(item: string): void;
  has(item: string): boolean;
  figures(): DecisionFigures;
}

/** Makes the count; the oldest of more than `most` items and requests are forgotten. */
export function createDecisions(
  isExposed: (item: string) => boolean,
  most: number,
  listener: Pick<JoinListener, "onDecided" | "onDecidedSeen"> = {},
): Decisions {
  /** The surfaces that each item, and each request of a unit, was decided for: one, unless ids are shared. */
  const decided = new Map<string, string[]>();
  const requests = new Map<string, string[]>();
  const figures: DecisionFigures = { requests: 0, items: 0, seen: 0 };
  const countSeen = (surface: string): void => {
    figures.seen++;
    listener.onDecidedSeen?.(surface);
  };
  return {
    add(envelope) {
      const { surface = "", items = [] } = envelope.payload;
      if (isNew(requests, joinKeys(envelope, undefined).item, surface)) figures.requests++;
      for (const { item_id } of items) {
        const { item } = joinKeys(envelope, item_id);
        if (!isNew(decided, item, surface)) continue;
        figures.items++;
        listener.onDecided?.(surface);
        if (isExposed(item)) countSeen(surface);
      }
      for (const entries of [decided, requests]) forgetOldest(entries, most);
    },
    expose(item) {
      for (const surface of decided.get(item) ?? []) countSeen(surface);
    },
    has: (item) => decided.has(item),
    figures: () => ({ ...figures }),
  };
}

/** Notes the surface; false where it was noted before. */
function isNew(surfaces: Map<string, string[]>, key: string, surface: string): boolean {
  const known = surfaces.get(key) ?? [];
  if (known.includes(surface)) return false;
  surfaces.set(key, [...known, surface]);
  return true;
}
