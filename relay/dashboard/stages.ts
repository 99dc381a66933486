/** Items by surface and by how far they came: requested, seen, acted. What was rendered but not seen no event says. */
import type { JoinListener } from "../analysis/join-listener.ts";
import type { SurfaceStages } from "./state.ts";

/** Surfaces that are told apart; events of others are counted under this name. */
const MOST_SURFACES = 40;
const OTHERS = "(other surfaces)";
const BASES = new Set(["viewable", "click", "vouched"]);

/** The counts. */
export interface Stages {
  listener: JoinListener;
  /** The surfaces with most seen items first. */
  figures(): SurfaceStages[];
}

/** Makes them, all 0. */
export function createStages(): Stages {
  const surfaces = new Map<string, SurfaceStages>();
  const of = (given: string): SurfaceStages => {
    // Others publish, too: it may be anything.
    const name = String(given);
    const surface = surfaces.has(name) || surfaces.size < MOST_SURFACES ? name : OTHERS;
    const found = surfaces.get(surface) ?? {
      surface,
      requested: 0,
      requested_and_seen: 0,
      seen: 0,
      basis: {},
      acted: 0,
      outcomes: 0,
      joined: 0,
    };
    surfaces.set(surface, found);
    return found;
  };
  return {
    listener: {
      onDecided: (surface) => void of(surface).requested++,
      onDecidedSeen: (surface) => void of(surface).requested_and_seen++,
      onExposed({ item, first, basis }) {
        const stages = of(item.surface);
        if (!first) return;
        stages.seen++;
        const known = BASES.has(basis) ? basis : "";
        stages.basis[known] = (stages.basis[known] ?? 0) + 1;
      },
      onJoined({ surface }, item, late) {
        const stages = of(surface);
        stages.joined++;
        if (!late) stages.outcomes++;
        if (!item.acted) of(item.surface).acted++;
      },
      onOrphan({ surface }) {
        of(surface).outcomes++;
      },
    },
    figures: () =>
      [...surfaces.values()]
        .map((stages) => ({ ...stages, basis: { ...stages.basis } }))
        .toSorted((a, b) => b.seen - a.seen || b.requested - a.requested || a.surface.localeCompare(b.surface)),
  };
}
