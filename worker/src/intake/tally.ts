import { failuresOf, type Stored } from "./answer.ts";
import type { CountedCode, CountKey } from "../out/counters.ts";

/** What became of each event of a request, counted by type and code: in = accepted + duplicate + every other code. */
export function tally(stored: Stored): Map<CountKey, number> {
  const counts = new Map<CountKey, number>();
  const add = (type: string, code: CountedCode, count = 1): void => {
    const key: CountKey = `${type} ${code}`;
    if (count > 0) counts.set(key, (counts.get(key) ?? 0) + count);
  };
  const { taken, refused, leftOut } = stored.intake;
  const confirmed = new Map<string, number[]>();
  for (const [i, { type, indexes }] of taken.entries()) {
    if (!stored.takenConfirmed[i]) continue;
    const sizes = confirmed.get(type);
    if (sizes === undefined) confirmed.set(type, [indexes.length]);
    else sizes.push(indexes.length);
  }
  for (const [type, sizes] of confirmed) {
    add(type, "accepted", sizes.length);
    add(type, "duplicate", sizes.reduce((sum, size) => sum + size, 0) - sizes.length);
  }
  const failures = failuresOf(stored);
  if (failures.length === 0) return counts;
  const types = new Map([...refused, ...leftOut].map(({ index, type }) => [index, type]));
  for (const { type, indexes } of taken) for (const index of indexes) types.set(index, type);
  for (const { index, code } of failures) add(types.get(index) ?? "unknown", code);
  return counts;
}
