import type { Counter } from "./counters.ts";
import type { StateChange, VoidBlock } from "./state-rows.ts";
import type { Segment } from "./log/segment.ts";

/** How a batch ended: settled, and these are counted; or released, and its block in this file is void. */
interface EndedBatch {
  number: number;
  settled?: readonly Counter[];
  voided?: VoidBlock | undefined;
  segment?: Segment | undefined;
}

/** What has changed in memory and waits for the next commit to the state database. */
export interface PendingChanges {
  add(batch: EndedBatch): void;
  /** All of it as one change. */
  get(): StateChange;
  /** It is written. */
  clear(): void;
  readonly isEmpty: boolean;
}

/** Makes the list, empty. */
export function createPendingChanges(): PendingChanges {
  let ended: number[] = [];
  let voids: VoidBlock[] = [];
  let counters: Counter[] = [];
  const segments = new Set<Segment>();
  return {
    add({ number, settled = [], voided, segment }) {
      ended.push(number);
      counters.push(...settled);
      if (voided) voids.push(voided);
      if (segment) segments.add(segment);
    },
    get: () => ({ ended, voids, counters, segments: [...segments] }),
    clear() {
      [ended, voids, counters] = [[], [], []];
      segments.clear();
    },
    get isEmpty() {
      return ended.length === 0;
    },
  };
}
