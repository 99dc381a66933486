import type { Envelope, Rejection } from "@sightline/worker/envelope";
import { eventName } from "../analysis/join-keys.ts";
import type { Joined } from "../analysis/joiner.ts";
import type { StoredRecord } from "../bus/port/bus.ts";

/** Events in the list. */
const MOST = 40;
/** Items of an event that are shown. */
const MOST_ITEMS = 4;

/** One line of the list. */
export interface RecentEvent {
  id: string;
  event_type: string;
  /** ISO 8601 UTC. */
  occurred_at: string;
  surface: string;
  request_id: string;
  /** Items of the event, the first few. */
  items: string[];
  verdict: Joined | "rejected";
  /** The code of a refusal; empty where it was taken. */
  code: string;
}

/** The newest events. */
export interface RecentEvents {
  add(event: Envelope | Envelope<Rejection>, verdict: RecentEvent["verdict"], record: StoredRecord): void;
  /** The orphan of this {@link eventName} is joined by now. */
  markJoined(name: string): void;
  /** Newest first. */
  list(): RecentEvent[];
}

/** Makes the list, empty. */
export function createRecentEvents(): RecentEvents {
  const events = new Map<string, RecentEvent>();
  return {
    add(event, verdict, { topic, partition, offset }) {
      const name = eventName(event);
      // A copy is a line of its own.
      events.set(events.has(name) ? `${name} ${topic}/${partition}/${offset}` : name, toRecent(event, verdict));
      for (const oldest of events.keys()) if (events.size > MOST) events.delete(oldest);
    },
    markJoined(name) {
      const shown = events.get(name);
      if (shown) shown.verdict = "joined";
    },
    list: () => [...events.values()].toReversed(),
  };
}

function toRecent(event: Envelope | Envelope<Rejection>, verdict: RecentEvent["verdict"]): RecentEvent {
  const { id, event_type, occurred_at } = event;
  const payload: Partial<Envelope["payload"] & Rejection> = event.payload;
  const items = payload.items?.map(({ item_id }) => item_id) ?? (payload.item_id === undefined ? [] : [payload.item_id]);
  return {
    id,
    event_type,
    occurred_at,
    surface: payload.surface ?? "",
    request_id: payload.request_id ?? "",
    items: items.slice(0, MOST_ITEMS),
    verdict,
    code: payload.error ?? "",
  };
}
