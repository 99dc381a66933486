/** Events that the collector refused, by code. They come without the values that were sent. */
import type { Envelope, Rejection } from "@sightline/worker/envelope";
import { forgetOldest } from "../analysis/forget-oldest.ts";
import { eventName } from "../analysis/join-keys.ts";
import type { ArrivedEvent, RefusalGroup } from "./state.ts";

/** Codes that are told apart: the collector's table has fewer, but others publish, too. */
const MOST_CODES = 100;
/** Refusals that are remembered, so that one that comes again counts once. */
const MOST_NAMES = 50_000;
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
  const names = new Set<string>();
  return {
    add(refusal, event) {
      const { error, path, message } = refusal.payload;
      const name = JSON.stringify([error, eventName(refusal)]);
      if (names.has(name)) return;
      names.add(name);
      forgetOldest(names, MOST_NAMES);
      const code = codes.has(error) || codes.size < MOST_CODES ? error : "others";
      const group = codes.get(code) ?? { code, n: 0, examples: [] };
      codes.set(code, group);
      group.n++;
      group.examples = [{ event, path: path ?? "", message }, ...group.examples].slice(0, EXAMPLES);
    },
    groups: () => [...codes.values()].toSorted((a, b) => b.n - a.n),
  };
}
