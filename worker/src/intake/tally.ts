import type { Count, CountedCode } from "../out/counters.ts";
import type { BatchOutcome } from "./outcome.ts";

/** What became of each event of a request, counted by type and code: in = accepted + duplicate + every other code. */
export function tally({ accepted, failures }: BatchOutcome): Count[] {
  const types = new Map<string, Map<CountedCode, Count>>();
  const counts: Count[] = [];
  const add = (type: string, code: CountedCode, count: number): void => {
    let codes = types.get(type);
    if (codes === undefined) types.set(type, (codes = new Map()));
    const known = codes.get(code);
    if (known !== undefined) {
      known.count += count;
      return;
    }
    const made = { type, code, count };
    codes.set(code, made);
    counts.push(made);
  };
  for (const { type, indexes } of accepted) {
    add(type, "accepted", 1);
    if (indexes.length > 1) add(type, "duplicate", indexes.length - 1);
  }
  for (const { type, code } of failures) add(type, code, 1);
  return counts;
}
