/** The newest events, what became of them since, and their JSON; bounded. */
import type { Envelope, Rejection } from "@sightline/worker/envelope";
import type { Joined } from "../analysis/joiner.ts";
import type { StoredRecord } from "../bus/port/bus.ts";
import { forgetOldest } from "../analysis/forget-oldest.ts";
import { maskUnit, redactedJson } from "./redact.ts";
import type { ArrivedEvent, ArrivedItem } from "./state.ts";

/** Events in the list. */
const MOST = 200;
/** Items of an event that are shown. */
const MOST_ITEMS = 24;

/** An event that may still change: an orphan that is joined later. */
export interface Arrived extends ArrivedEvent {
  /** Counts up with every event and every change of one. */
  revision: number;
}

/** The list. */
export interface Arrivals {
  add(event: Envelope | Envelope<Rejection>, verdict: Joined | "rejected", record: StoredRecord): Arrived;
  /** The outcome is joined by now. */
  markJoined(event: Arrived): void;
  /** Events that came or changed after `revision`, oldest first, and the newest revision. */
  since(revision: number): { revision: number; events: ArrivedEvent[] };
  /** Indented JSON, redacted; undefined where it is forgotten. */
  json(n: number): string | undefined;
}

/** Makes the list, empty; its revisions and numbers go on from those of the list before. */
export function createArrivals(before = 0): Arrivals {
  const shown = new Map<number, Arrived>();
  const bodies = new Map<number, Envelope | Envelope<Rejection>>();
  let revision = before;
  let count = before;
  return {
    add(event, verdict, record) {
      const arrived = { ...readArrived(event, record), n: ++count, verdict, revision: ++revision };
      shown.set(arrived.n, arrived);
      bodies.set(arrived.n, event);
      for (const entries of [shown, bodies]) forgetOldest(entries, MOST);
      return arrived;
    },
    markJoined(event) {
      event.verdict = "joined";
      event.revision = ++revision;
    },
    since: (known) => ({
      revision,
      // As they are now: a later change must not reach who was given them.
      events: [...shown.values()].filter((event) => event.revision > known).map((event) => ({ ...event })),
    }),
    json(n) {
      const event = bodies.get(n);
      return event && redactedJson(event);
    },
  };
}

function readArrived(event: Envelope | Envelope<Rejection>, { publishedAt }: StoredRecord): Omit<ArrivedEvent, "n" | "verdict"> {
  const { id, event_type, occurred_at, received_at, metadata } = event;
  const payload: Partial<Envelope["payload"] & Rejection> = event.payload;
  const { item_id = "", position = 0 } = payload;
  const items = payload.items?.map(toItem) ?? (item_id === "" ? [] : [toItem({ item_id, position })]);
  return {
    id,
    tenant: metadata.tenant_id,
    event_type,
    occurred_at: text(occurred_at),
    received_at: text(received_at),
    published_at: publishedAt,
    surface: text(payload.surface),
    request_id: text(payload.request_id),
    unit: maskUnit(payload.unit_id),
    items: items.slice(0, MOST_ITEMS),
    more_items: Math.max(0, items.length - MOST_ITEMS),
    code: text(payload.error),
  };
}

function toItem({
  item_id,
  position,
  placement = "",
  basis = "",
}: Partial<ArrivedItem> & Pick<ArrivedItem, "item_id" | "position">) {
  return { item_id, position, placement, basis };
}

/** Others publish, too: a field may be anything. */
function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
