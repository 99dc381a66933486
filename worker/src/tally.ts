import { failuresOf, type Stored } from "./answer.ts";
import type { CountedCode, CountKey } from "./counters.ts";

/** What became of each event of a request, counted by type and code: in = accepted + duplicate + every other code. */
export function tally(stored: Stored): Map<CountKey, number> {
  const counts = new Map<CountKey, number>();
  const add = (type: string, code: CountedCode, count = 1): void => {
    const key: CountKey = `${type} ${code}`;
    if (count > 0) counts.set(key, (counts.get(key) ?? 0) + count);
  };
  const { taken, refused, leftOut } = stored.intake;
  const types = new Map<number, string>([...refused, ...leftOut].map(({ index, type }) => [index, type]));
  for (const [i, { type, indexes }] of taken.entries()) {
    if (stored.takenConfirmed[i]) {
      add(type, "accepted");
      add(type, "duplicate", indexes.length - 1);
    }
    for (const index of indexes) types.set(index, type);
  }
  for (const { index, code } of failuresOf(stored)) add(types.get(index) ?? "unknown", code);
  return counts;
}
