import type { KeyLog } from "./log/key-log.ts";
import { hashKey, partOf } from "./log/key-table.ts";
import type { StateDb } from "./state-db.ts";
import type { FoundRecord } from "./log/page-cache.ts";
import { DEAD_LETTERED, FLAGS, getLong, IN_PART, MESSAGE, SEEN } from "./log/record.ts";
import type { Keys } from "./keys.ts";
import type { MessageRef, MessageState, StoredMarker } from "./store.ts";
import type { UnderWayBatches } from "./under-way.ts";
import { isSame } from "./words.ts";

interface LookupOptions {
  log: KeyLog;
  db: StateDb;
  voids: ReadonlyMap<number, number>;
  underWay: UnderWayBatches;
  keys: Keys;
}

/** A record, and where in the log it is. */
interface Found {
  place: number;
  record: FoundRecord;
}
const NONE: readonly Found[] = [];

/** Finds markers and messages in the log. Both methods throw a StateError where a record is damaged. */
export interface Lookup {
  marker(key: Uint32Array, at: number | undefined): StoredMarker | undefined;
  message(ref: MessageRef): MessageState | undefined;
}

/** Makes the look-up. */
export function createLookup({ log, db, voids, underWay, keys }: LookupOptions): Lookup {
  /** Records of this very key, with their places, of the one kind or the other. */
  const find = (key: Uint32Array, at: number, kind: number): readonly Found[] => {
    const places = log.table.find(partOf(key, at), hashKey(key, at));
    if (places.length === 0) return NONE;
    const found: Found[] = [];
    for (const place of places) {
      const record = log.record(place);
      const isKey = isSame(record.words, record.at, key, at);
      if (isKey && (record.words[record.at + FLAGS]! & MESSAGE) === kind) found.push({ place, record });
    }
    return found.length < 2 ? found : found.toSorted((a, b) => b.place - a.place);
  };

  return {
    marker(key, keyAt = 0) {
      const [found] = find(key, keyAt, 0);
      if (!found) return undefined;
      const { words, at } = found.record;
      const settled = words[at + FLAGS]! & DEAD_LETTERED ? "dead_lettered" : "published";
      const state = underWay.holds(found.place) ? "in_flight" : settled;
      return { state, words, at, first_seen: words[at + SEEN]! * 1000 };
    },
    message(ref) {
      const key = keys.message(ref);
      const found = find(key, 0, MESSAGE);
      if (found.length === 0) return undefined;
      // The latest that is settled counts: what a later round claimed and gave back changes nothing.
      for (const { record } of found) {
        const seq = getLong(record.words, record.at + 4);
        if (voids.has(seq) || underWay.hasBlock(seq)) continue;
        return record.words[record.at + FLAGS]! & IN_PART ? { done: db.settledLines(key, seq) } : "settled";
      }
      return "claimed";
    },
  };
}
