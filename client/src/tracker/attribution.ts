/**
 * What items were last seen or clicked on, and in which request: the history by which an outcome finds its request on a later page. It is
 * kept in localStorage, which all tabs of an origin share and which can be read at once.
 */
import { drop, load, save } from "../lib/local.ts";
import type { WireEvent } from "../wire/index.ts";

/** Items that are remembered, the latest: so many that were seen, and so many that were clicked on. */
const REMEMBERED = 500;

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

/** As it is kept: with a number that stands for whom it belongs to. */
type Entry = Attribution & { of: number };

/** The history under a key of localStorage; in memory while storage may not be used. */
export function createHistory(key: string, mayStore: () => boolean) {
  /** What is not written yet. */
  let fresh: Entry[] = [];

  /** The latest of each item, unit and kind, in order of time: what other tabs have written is read again. */
  function read(): Entry[] {
    const latest = new Map<string, Entry>();
    const old = mayStore() && load<Entry[]>(key);
    for (const entry of [...(old || []), ...fresh]) {
      const { of, by, itemId } = entry;
      const name = `${of} ${by} ${itemId}`;
      latest.delete(name);
      latest.set(name, entry);
    }
    return [...latest.values()];
  }

  function write(): void {
    if (!mayStore() || fresh.length === 0) return;
    const entries = read();
    // Apart, so that what was merely seen pushes out nothing that was clicked on.
    const kept = new Set(["exposure", "click"].flatMap((kind) => entries.filter(({ by }) => by === kind).slice(-REMEMBERED)));
    const left = entries.filter((entry) => kept.has(entry));
    fresh = save(key, left) ? [] : left;
  }

  return {
    write,
    /** Nothing is left. */
    forget(): void {
      fresh = [];
      drop(key);
    },
    /** Keeps the items of an exposure, or of a click, in mind, for the unit that `owner` gives. */
    note(event: Partial<WireEvent>, at: number, owner: () => number): void {
      const { event_type: by, request_id: requestId, surface, items, item_id, position } = event;
      if (!requestId || !surface || (by !== "exposure" && by !== "click")) return;
      const of = owner();
      for (const item of items ?? [{ item_id: item_id!, position }]) {
        fresh.push({ itemId: item.item_id, requestId, surface, position: item.position, at, by, of });
      }
      // What is noted in one task is written once.
      queueMicrotask(write);
    },
    /** What the items are attributed to for this unit; one that is not known is left out. */
    find(itemIds: readonly string[], of: number): Attribution[] {
      const latest = new Map<string, Attribution>();
      for (const { of: owner, ...entry } of read()) {
        if (owner === of && Date.now() - entry.at < AGE) latest.set(entry.itemId, entry);
      }
      return itemIds.flatMap((itemId) => latest.get(`${itemId}`) ?? []);
    },
  };
}

/** The history of one origin. */
export type AttributionHistory = ReturnType<typeof createHistory>;
