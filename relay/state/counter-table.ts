import type { Counter } from "./counters.ts";

/** The counters in memory: what the state database has, and what is to be written to it. */
export interface CounterTable {
  /** In the order of the state database's own query. */
  all(): Counter[];
  add(rows: readonly Counter[]): void;
}

/** Makes the table from what the state database has. */
export function createCounterTable(saved: readonly Counter[]): CounterTable {
  const rows = new Map<string, Counter>();
  const add: CounterTable["add"] = (added) => {
    for (const row of added) {
      const labels = JSON.stringify([row.tenant_id, row.surface, row.event_type, row.fate]);
      const known = rows.get(labels);
      if (known) known.n += row.n;
      else rows.set(labels, { ...row });
    }
  };
  add(saved);
  return { all: () => [...rows.values()].map((row) => ({ ...row })).toSorted(byLabels), add };
}

function byLabels(a: Counter, b: Counter): number {
  for (const label of ["tenant_id", "surface", "event_type", "fate"] as const) {
    if (a[label] !== b[label]) return a[label] < b[label] ? -1 : 1;
  }
  return 0;
}
