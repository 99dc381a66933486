/** Events that the collector refused, by code. They come without the values that were sent. */
import type { Envelope, Rejection } from "@sightline/worker/envelope";
import type { ArrivedEvent, RefusalGroup } from "./state.ts";

/** Codes that are told apart: the collector's table has fewer, but others publish, too. */
const MOST_CODES = 100;
const EXAMPLES = 3;

/** The refusals. */
export interface Refusals {
  add(event: Envelope<Rejection>, arrived: ArrivedEvent): void;
  /** Most first. */
  groups(): RefusalGroup[];
}

/** Makes it, empty. */
export function createRefusals(): Refusals {
  const codes = new Map<string, RefusalGroup>();
  return {
    add({ payload: { error, path, message } }, event) {
      const code = codes.has(error) || codes.size < MOST_CODES ? error : "others";
      const group = codes.get(code) ?? { code, n: 0, examples: [] };
      codes.set(code, group);
      group.n++;
      group.examples = [{ event, path: path ?? "", message }, ...group.examples].slice(0, EXAMPLES);
    },
    groups: () => [...codes.values()].toSorted((a, b) => b.n - a.n),
  };
}
