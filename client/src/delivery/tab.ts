/** What a tab is responsible for: its events in the order of sending, what has still to be done about each on the disk, and what it knows of the disk. */
import { nanoid } from "nanoid";
import type { QueueBounds } from "./queue-bounds.ts";
import type { EventRecord } from "./record.ts";
import { tally, type DropCause } from "./stats.ts";

/** A list of events that is kept under one key: a list takes the browser little longer than one event. */
export interface Kept {
  /** That of its first event as it was written, and its own until all are gone. */
  key: EventRecord["key"];
  events: readonly EventRecord[];
}

/** The state of one tab. */
export interface Tab {
  /** Another one once somebody else has taken its events over. */
  id: string;
  /** The number of the event that came last. */
  serial: number;
  events: Set<EventRecord>;
  /** Not on the disk yet. */
  unsaved: Set<EventRecord>;
  /** Carried by a request. */
  posted: Set<EventRecord>;
  /** What is on the disk, events included that have left the queue since. */
  kept: readonly Kept[];
  bounds: QueueBounds;
  /** The age of events is told by a clock that nobody sets while the page lives, in milliseconds since 1970. */
  time: () => number;
  /** How often consent was withdrawn. */
  denials: number;
  /** The database that was last seen (`BORN` of its claims); 0 before the first. */
  born: number;
  /** Until when nobody else sends these events, in milliseconds since 1970. */
  claimedUntil: number;
  /** When there may be more to take over from other tabs, as of the last look, in milliseconds since 1970. */
  lookAt: number;
  /** Being taken over: on the disk once the transaction commits, and among the events when that is known. */
  adopting: readonly EventRecord[];
  /**
   * The page is back and its spill is not there: somebody has taken over what it had, or localStorage was cleared. The number of the event that
   * came last until then; else 0.
   */
  missed: number;
}

/** A tab without events. */
export function createTab(bounds: QueueBounds): Tab {
  const began = Date.now() - performance.now();
  return {
    id: nanoid(),
    serial: 0,
    events: new Set(),
    unsaved: new Set(),
    posted: new Set(),
    kept: [],
    born: 0,
    claimedUntil: 0,
    lookAt: Infinity,
    adopting: [],
    missed: 0,
    bounds,
    time: () => began + performance.now(),
    denials: 0,
  };
}

/** Events that no request carries, in the order of sending. */
export const freeEvents = ({ events, posted }: Tab): EventRecord[] => [...events].filter((event) => !posted.has(event));

/** Names an event as this tab's. */
function own(tab: Tab, event: EventRecord): void {
  event.key = [tab.id, ++tab.serial];
}

/**
 * Makes an event this tab's. An earlier page's clock may have been wrong, and nothing tells that from a page that was opened late. So what looks
 * too old gets its time once more, and what is ahead begins now.
 */
export function adopt(tab: Tab, event: EventRecord): void {
  own(tab, event);
  const now = tab.time();
  const isOld = event.at < now - tab.bounds.age && !event.late;
  if (isOld) event.late = true;
  if (isOld || event.at > now) event.at = now;
}

/** Takes out an event; on the disk it is until the next look. */
export function remove({ events, unsaved }: Tab, event: EventRecord): void {
  events.delete(event);
  unsaved.delete(event);
}

/** From now on this is another tab, which has of its events those alone that `kept` has. */
export function startOver(tab: Tab, kept: ReadonlySet<EventRecord>): void {
  tab.id = nanoid();
  tab.kept = [];
  tab.events = new Set([...tab.events].filter((event) => kept.has(event)));
  for (const event of tab.events) own(tab, event);
}

/** Gives up what is too old, then what is worth least, but nothing that is being sent. Returns how many, by cause. */
export function trim(tab: Tab): Partial<Record<DropCause, number>> {
  const { bounds } = tab;
  const oldest = tab.time() - bounds.age;
  let excess = tab.events.size - bounds.events;
  let bytes = -bounds.bytes;
  for (const { size } of tab.events) bytes += size;
  const dropped: Partial<Record<DropCause, number>> = {};
  const candidates = freeEvents(tab);
  if (excess > 0 || bytes > 0) candidates.sort((a, b) => a.rank - b.rank);
  for (const event of candidates) {
    const cause = event.at < oldest ? "unknown" : excess > 0 || bytes > 0 ? "queue_full" : undefined;
    if (!cause) continue;
    tally(dropped, cause);
    excess--;
    bytes -= event.size;
    remove(tab, event);
  }
  return dropped;
}
