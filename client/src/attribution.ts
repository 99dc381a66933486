/**
 * What items were last seen or clicked on, and in which request: the history by which an outcome finds its request on a later page. It is
 * kept in localStorage, which all tabs of an origin share and which answers at once.
 */
import { drop, load, save } from "./lib/local.ts";
import type { WireEvent } from "./wire.ts";

/** Items that are remembered, the latest. */
const ITEMS = 500;

/** For how long, in milliseconds: 30 days. */
const AGE = 2_592_000_000;

/** What a backend needs to log an outcome with the request that it came from. */
export interface Attribution {
  itemId: string;
  requestId: string;
  surface: string;
  position: number | undefined;
  /** When it was seen or clicked on, in milliseconds since 1970 by the browser's clock. */
  at: number;
  by: "exposure" | "click";
}

/** The history under a key of localStorage; in memory while storage may not be used. */
export function createHistory(key: string, mayStore: () => boolean) {
  /** What is not written yet. */
  let fresh: Attribution[] = [];

  /** By item the latest, in order of time: what other tabs have written is read anew. */
  function read(): Map<string, Attribution> {
    const latest = new Map<string, Attribution>();
    const old = mayStore() && load<Attribution[]>(key);
    for (const entry of [...(old || []), ...fresh]) {
      latest.delete(entry.itemId);
      latest.set(entry.itemId, entry);
    }
    return latest;
  }

  function write(): void {
    if (!mayStore() || fresh.length === 0) return;
    const entries = [...read().values()].slice(-ITEMS);
    fresh = save(key, entries) ? [] : entries;
  }

  return {
    write,
    /** Nothing is left. */
    forget(): void {
      fresh = [];
      drop(key);
    },
    /** Keeps the items of an exposure, or of a click, in mind. */
    note({ event_type: by, request_id: requestId, surface, items, item_id, position }: Partial<WireEvent>, at: number): void {
      if (!requestId || !surface || (by !== "exposure" && by !== "click")) return;
      for (const item of items ?? [{ item_id: item_id!, position }]) {
        fresh.push({ itemId: item.item_id, requestId, surface, position: item.position, at, by });
      }
      // What is noted in one task is written once.
      queueMicrotask(write);
    },
    /** What the items are attributed to; one that is not known is left out. */
    find(itemIds: readonly string[]): Attribution[] {
      const latest = read();
      return itemIds.flatMap((itemId) => latest.get(itemId) ?? []).filter(({ at }) => Date.now() - at < AGE);
    },
  };
}
