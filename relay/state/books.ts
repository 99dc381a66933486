import type { Counter } from "./counters.ts";
import type { Change, VoidRow } from "./ledger.ts";
import type { Segment } from "./log/segment.ts";

/** The counters as they are, and what of the changes is not in the ledger yet. */
export interface Books {
  counters(): Counter[];
  /** Counts what the ledger has already. */
  count(rows: readonly Counter[]): void;
  /** Counts, ends a batch, voids its block: to be written with the next commit. */
  later(change: {
    ended: number;
    settled?: readonly Counter[];
    block?: VoidRow | undefined;
    segment?: Segment | undefined;
  }): void;
  /** What is to be written. */
  unwritten(): Change;
  /** It is written. */
  written(): void;
  readonly isWritten: boolean;
}

/** Makes the books from what the ledger has. */
export function createBooks(saved: readonly Counter[]): Books {
  const all = new Map<string, Counter>();
  let ended: number[] = [];
  let voids: VoidRow[] = [];
  let settled: Counter[] = [];
  const segments = new Set<Segment>();

  const count = (rows: readonly Counter[]): void => {
    for (const row of rows) {
      const key = JSON.stringify([row.tenant_id, row.surface, row.event_type, row.fate]);
      const known = all.get(key);
      if (known) known.n += row.n;
      else all.set(key, { ...row });
    }
  };
  count(saved);

  return {
    counters: () => [...all.values()].map((row) => ({ ...row })).toSorted(byLabels),
    count,
    later(change) {
      ended.push(change.ended);
      count(change.settled ?? []);
      settled.push(...(change.settled ?? []));
      if (change.block) voids.push(change.block);
      if (change.segment) segments.add(change.segment);
    },
    unwritten: () => ({ ended, voids, counters: settled, segments: [...segments] }),
    written() {
      [ended, voids, settled] = [[], [], []];
      segments.clear();
    },
    get isWritten() {
      return ended.length === 0;
    },
  };
}

/** The order of the ledger's own query. */
function byLabels(a: Counter, b: Counter): number {
  for (const label of ["tenant_id", "surface", "event_type", "fate"] as const) {
    if (a[label] !== b[label]) return a[label] < b[label] ? -1 : 1;
  }
  return 0;
}
