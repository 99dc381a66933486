/** The lanes of a Parquet store: of each the batch that is open, and those that are closed and not written yet. */
import type { Batch } from "./batch.ts";
import type { Plan } from "./plan.ts";

/** A lane. */
export interface Lane {
  name: string;
  /** What its offsets count in. */
  origin: string;
  /** What an owner before this one, or this one, has begun. */
  plan: Plan | undefined;
  open: Batch | undefined;
  /** Closed, and not ended. */
  closed: Set<Batch>;
  /** Ends with the last of them. */
  ending: Promise<void>;
  gone: AbortController;
  timer: NodeJS.Timeout | undefined;
}

/** Lanes by name. */
export interface Lanes {
  /** The lane of a name, which is new where there was none. */
  of(name: string): Lane;
  /** Those of the names that there are. */
  among(names: readonly string[]): Lane[];
  all(): Lane[];
  /** Records and bytes that are at hand. */
  atHand(): { records: number; bytes: number };
  /** Leaves what is open of a lane, and ends what is being written of it: nobody has acknowledged it. */
  forget(lane: Lane): void;
}

/** Makes them; there is none yet. */
export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  return {
    of(name) {
      const known = lanes.get(name);
      if (known !== undefined) return known;
      const lane: Lane = {
        name,
        origin: "",
        plan: undefined,
        open: undefined,
        closed: new Set(),
        ending: Promise.resolve(),
        gone: new AbortController(),
        timer: undefined,
      };
      lanes.set(name, lane);
      return lane;
    },
    among: (names) => names.flatMap((name) => lanes.get(name) ?? []),
    all: () => [...lanes.values()],
    atHand() {
      const batches = [...lanes.values()].flatMap(({ open, closed }) => [...closed, ...(open ? [open] : [])]);
      const sum = (of: (batch: Batch) => number): number => batches.reduce((total, batch) => total + of(batch), 0);
      return { records: sum(({ records }) => records), bytes: sum(({ bytes }) => bytes) };
    },
    forget(lane) {
      lanes.delete(lane.name);
      clearTimeout(lane.timer);
      lane.open?.end();
      lane.open?.remove();
      lane.open = undefined;
      lane.gone.abort();
    },
  };
}
