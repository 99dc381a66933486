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
  listener: Pick<JoinListener, "onDecided"> = {},
): Decisions {
  const decided = new Set<string>();
  const requests = new Set<string>();
  const figures: DecisionFigures = { requests: 0, items: 0, seen: 0 };
  return {
    add(envelope) {
      const { item: request } = joinKeys(envelope, undefined);
      if (!requests.has(request)) figures.requests++;
      requests.add(request);
      for (const { item_id } of envelope.payload.items ?? []) {
        const { item } = joinKeys(envelope, item_id);
        if (decided.has(item)) continue;
        decided.add(item);
        figures.items++;
        const seen = isExposed(item);
        if (seen) figures.seen++;
        listener.onDecided?.({ surface: envelope.payload.surface ?? "", seen });
      }
      for (const entries of [decided, requests]) forgetOldest(entries, most);
    },
    expose(item) {
      if (decided.has(item)) figures.seen++;
    },
    has: (item) => decided.has(item),
    figures: () => ({ ...figures }),
  };
}
