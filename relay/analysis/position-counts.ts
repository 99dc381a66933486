import type { PositionFigures } from "./join-figures.ts";
import type { ExposedItem } from "./join-listener.ts";

type Exposed = Pick<ExposedItem, "position" | "clicks">;

/** Exposures and clicks by position, which a later event of an exposure may move to a lower one. */
export interface PositionCounts {
  /** An exposure is at `position`; it was at `before` until now, where it is not new. */
  addExposure(position: number, before: number | undefined): void;
  addClick(exposed: Exposed): void;
  /** An item was exposed at `position`, too. */
  moveUp(exposed: Exposed, position: number): void;
  figures(): Record<string, PositionFigures>;
}

/** Makes the counts. */
export function createPositionCounts(): PositionCounts {
  const positions = new Map<number, Omit<PositionFigures, "ctr">>();
  const at = (position: number) => {
    const found = positions.get(position) ?? { exposures: 0, clicks: 0, repeated_clicks: 0 };
    positions.set(position, found);
    return found;
  };
  const count = ({ position, clicks }: Exposed, sign: 1 | -1): void => {
    const figures = at(position);
    figures.clicks += sign * clicks;
    figures.repeated_clicks += sign * Math.max(0, clicks - 1);
  };
  /** Takes the item's clicks away where they are, changes it, and counts them again. */
  const change = (exposed: Exposed, changed: Partial<Exposed>): void => {
    count(exposed, -1);
    count(Object.assign(exposed, changed), 1);
  };
  return {
    addExposure(position, before) {
      if (before !== undefined) at(before).exposures--;
      at(position).exposures++;
    },
    addClick: (exposed) => change(exposed, { clicks: exposed.clicks + 1 }),
    moveUp(exposed, position) {
      if (position < exposed.position) change(exposed, { position });
    },
    figures() {
      const known = [...positions].filter(([, { exposures, clicks }]) => exposures + clicks > 0);
      return Object.fromEntries(known.toSorted(([a], [b]) => a - b).map(([n, figures]) => [String(n), withRate(figures)]));
    },
  };
}

function withRate(figures: Omit<PositionFigures, "ctr">): PositionFigures {
  const { exposures, clicks } = figures;
  return { ...figures, ctr: exposures === 0 ? 0 : Number((clicks / exposures).toFixed(6)) };
}
