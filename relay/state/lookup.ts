import { contentText, ownerText, readKey } from "./block-writer.ts";
import type { KeyLog } from "./log/key-log.ts";
import { hashKey, partOf } from "./log/key-table.ts";
import type { StateDb } from "./state-db.ts";
import type { FoundRecord } from "./log/page-cache.ts";
import { DEAD_LETTERED, getLong, IN_PART, MESSAGE } from "./log/record.ts";
import { type Key, keyOf } from "./keys.ts";
import type { MessageRef, MessageState, StoredMarker } from "./store.ts";
import type { UnderWayBatches } from "./under-way.ts";

interface LookupOptions {
  log: KeyLog;
  db: StateDb;
  voids: ReadonlyMap<number, number>;
  underWay: UnderWayBatches;
}

/** Finds markers and messages in the log. Both methods throw a StateError where a record is damaged. */
export interface Lookup {
  marker(key: Key): StoredMarker | undefined;
  message(ref: MessageRef): MessageState | undefined;
}

/** Makes the look-up. */
export function createLookup({ log, db, voids, underWay }: LookupOptions): Lookup {
  const words = new Uint32Array(4);

  /** Records of this very key, with their places, of the one kind or the other. */
  const find = (key: Key, kind: number): { place: number; record: FoundRecord }[] => {
    readKey(key, words, 0);
    const places = log.table.find(partOf(words, 0), hashKey(words, 0));
    const found = [];
    for (const place of places) {
      const record = log.record(place);
      const { words: page, at } = record;
      const isKey = page[at] === words[0] && page[at + 1] === words[1] && page[at + 2] === words[2] && page[at + 3] === words[3];
      if (isKey && (page[at + 9]! & MESSAGE) === kind) found.push({ place, record });
    }
    return found.length < 2 ? found : found.toSorted((a, b) => b.place - a.place);
  };

  return {
    marker(key) {
      const [found] = find(key, 0);
      if (!found) return undefined;
      const { words: page, at } = found.record;
      const settled = page[at + 9]! & DEAD_LETTERED ? "dead_lettered" : "published";
      return {
        owner: ownerText(page, at + 8),
        state: underWay.holds(found.place) ? "in_flight" : settled,
        content_hash: contentText(page, at + 4),
        first_seen: page[at + 10]! * 1000,
      };
    },
    message(ref) {
      const key = messageKey(ref);
      const found = find(key, MESSAGE);
      if (found.length === 0) return undefined;
      // The latest that is settled counts: what a later round claimed and gave back changes nothing.
      for (const { record } of found) {
        const seq = getLong(record.words, record.at + 4);
        if (voids.has(seq) || underWay.hasBlock(seq)) continue;
        return record.words[record.at + 9]! & IN_PART ? { done: db.settledLines(key, seq) } : "settled";
      }
      return "claimed";
    },
  };
}

/** Key of a message in the log. */
export function messageKey({ queue, id }: MessageRef): Key {
  return keyOf(`message${queue.length}:${queue}${id}`);
}
