import { type Counter, readCounters } from "./counters.ts";
import type { Claim } from "./store.ts";

/** Fates that are counted when an envelope is taken; all others when it is settled. */
const WHEN_TAKEN = new Set(["taken", "from_dead_letter_queue"]);
/** Fates that `taken` divides into. */
const SETTLED_AS = new Set(["delivered", "duplicate", "dead_lettered"]);

/**
 * The counters of a store that is to be rebuilt, as a claim of the new one; undefined where they cannot be read, or do not add up. What was
 * not settled comes again with its message and is counted then, so it is taken off here.
 */
export function keptCounters(dataDir: string): Pick<Claim, "taken" | "settled"> | undefined {
  let counters: Counter[] | undefined;
  try {
    counters = readCounters(dataDir);
  } catch {
    // The file is damaged: that is why it is rebuilt.
  }
  if (counters === undefined || !counters.every(({ n }) => Number.isSafeInteger(n) && n >= 0)) return undefined;
  const settled = counters.filter(({ fate }) => !WHEN_TAKEN.has(fate));
  const settledOfTaken = settled.filter(({ fate }) => SETTLED_AS.has(fate.split(":", 1)[0] ?? ""));
  const taken = sums(settledOfTaken);
  const before = sums(counters.filter(({ fate }) => fate === "taken"));
  for (const [labels, { n }] of taken) if (n > (before.get(labels)?.n ?? 0)) return undefined;
  return { taken: [...taken.values(), ...counters.filter(({ fate }) => fate === "from_dead_letter_queue")], settled };
}

function sums(rows: Counter[]): Map<string, Counter> {
  const found = new Map<string, Counter>();
  for (const { tenant_id, surface, event_type, n } of rows) {
    const labels = JSON.stringify([tenant_id, surface, event_type]);
    const row = found.get(labels) ?? { tenant_id, surface, event_type, fate: "taken", n: 0 };
    row.n += n;
    found.set(labels, row);
  }
  return found;
}
