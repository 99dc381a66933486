/** Click-through rates by position and by variant, each with its interval. */
import type { JoinListener } from "../analysis/join-listener.ts";
import type { JoinFigures } from "../analysis/join-figures.ts";
import { wilsonInterval } from "../analysis/statistics/wilson-interval.ts";
import type { Rate, RatesSection } from "./state.ts";

/** Rows of a table. */
const MOST_ROWS = 30;
/** Variants that are counted. */
const MOST_VARIANTS = 200;

type Counts = Pick<Rate, "exposures" | "clicks" | "repeated_clicks">;

/** The variants' counts. */
export interface Variants {
  listener: JoinListener;
  counts: ReadonlyMap<string, Counts>;
}

/** Counts by the variants that were in force when the item was exposed: a click counts for those of its exposure. */
export function createVariants(): Variants {
  const counts = new Map<string, Counts>();
  const of = (variant: string): Counts | undefined => {
    const found = counts.get(variant);
    if (found || counts.size >= MOST_VARIANTS) return found;
    const fresh = { exposures: 0, clicks: 0, repeated_clicks: 0 };
    counts.set(variant, fresh);
    return fresh;
  };
  return {
    counts,
    listener: {
      onExposed({ item }) {
        for (const variant of item.variants) {
          const figures = of(variant);
          if (figures) figures.exposures++;
        }
      },
      onJoined({ type }, item) {
        if (type !== "click") return;
        for (const variant of item.variants) {
          const figures = of(variant);
          if (!figures) continue;
          figures.clicks++;
          if (item.clicks > 0) figures.repeated_clicks++;
        }
      },
    },
  };
}

/** The section; positions in their order, variants by name. */
export function ratesSection(positions: JoinFigures["by_position"], variants: Variants["counts"]): RatesSection {
  return {
    positions: Object.entries(positions)
      .slice(0, MOST_ROWS)
      .map(([name, counts]) => rate(name, counts)),
    variants: [...variants]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .slice(0, MOST_ROWS)
      .map(([name, counts]) => rate(name, counts)),
  };
}

function rate(name: string, { exposures, clicks, repeated_clicks }: Counts): Rate {
  const ctr = exposures === 0 ? 0 : clicks / exposures;
  // Repeated clicks may be more than there are exposures: a share is of what was clicked at all.
  const interval = wilsonInterval(clicks - repeated_clicks, exposures) ?? null;
  return { name, exposures, clicks, repeated_clicks, ctr, interval };
}
