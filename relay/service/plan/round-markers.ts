import type { Key } from "../../state/keys.ts";
import type { Marker, NewMarker, Store, StoredMarker } from "../../state/store.ts";
import type { Readable } from "../decode/decode.ts";

/** What is known of keys in a round: what it marks itself, before what the store has. */
export interface RoundMarkers {
  find(key: Key): (Marker & Partial<StoredMarker>) | undefined;
  /** Marks keys as those of an event. */
  mark(keys: readonly Key[], event: Pick<Readable, "id" | "content_hash">, state: Marker["state"]): void;
  /** What the round marks. */
  all(): NewMarker[];
}

/** The markers of one round. */
export function createRoundMarkers(store: Pick<Store, "marker">): RoundMarkers {
  const markers = new Map<Key, NewMarker>();
  return {
    find(key) {
      const here = markers.get(key);
      if (here) return here;
      const stored = store.marker(key);
      // What is unknown was settled before this round, so that what is in flight now is this round's own, which is planned again.
      return stored?.state === "in_flight" ? undefined : stored;
    },
    mark(keys, { id, content_hash }, state) {
      for (const key of keys) markers.set(key, { key, owner: id, content_hash, state });
    },
    all: () => [...markers.values()],
  };
}
