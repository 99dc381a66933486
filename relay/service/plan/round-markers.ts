import { createMarkerList, type MarkerList } from "../../state/marker-list.ts";
import { DEAD_LETTERED, FLAGS } from "../../state/log/record.ts";
import type { Store, StoredMarker } from "../../state/store.ts";
import { type Readable, WORD } from "../decode/line.ts";

/** A marker: its record, in words that are good until the next is looked for. */
export type Known = Pick<StoredMarker, "state" | "words" | "at"> & Partial<StoredMarker>;

/** What is known of keys in a round: what it marks itself, before what the store has. */
export interface RoundMarkers {
  find(key: Uint32Array, at: number): Known | undefined;
  /** The key of an event's content under an id that another content owns. */
  conflictKey(event: Readable): Uint32Array;
  /** Marks a key as an event's. */
  mark(key: Uint32Array, at: number, event: Readable, isDead: boolean): void;
  /** What the round marks. */
  readonly all: MarkerList;
}

/** The markers of one round, of which about so many are expected. */
export function createRoundMarkers(store: Pick<Store, "marker" | "keys">, expected: number): RoundMarkers {
  const all = createMarkerList(expected);
  return {
    all,
    find(key, at) {
      const own = all.find(key, at);
      if (own !== -1) {
        return { words: all.words, at: own, state: all.words[own + FLAGS]! & DEAD_LETTERED ? "dead_lettered" : "published" };
      }
      const stored = store.marker(key, at);
      // What is unknown was settled before this round, so that what is in flight now is this round's own, which is planned again.
      return stored?.state === "in_flight" ? undefined : stored;
    },
    conflictKey: ({ words, at }) => store.keys.conflict(words, at),
    mark: (key, at, { words, at: from }, isDead) => all.put(key, at, words, from + WORD.event, isDead),
  };
}
