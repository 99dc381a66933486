/**
 * A request: one answer of a recommender to one surface, and everything that its items lead to. Its id is minted here, before the call,
 * or is the server's; every event of it carries that id, and so joins.
 */
import { itemKey, ITEMS, wireItem, type DebugNote, type Item, type ItemState } from "./items.ts";
import type { Guard } from "./lib/guard.ts";
import type { Basis, Json, OutcomeType, WireEvent, WireMetrics } from "./wire.ts";

/** What a user did with an item. */
export interface OutcomeDetails {
  /** The item that it is about. */
  itemId: string;
  /** Its position. @default that under which it was observed or exposed */
  position?: number | undefined;
  /** Numbers of it, for example `{ revenue: 12.5 }`. @default none */
  metrics?: WireMetrics | undefined;
  /** Anything else. @default none */
  payload?: { [key: string]: Json } | undefined;
}

/** A request as text can carry it: through a server's rendering, a cache, or to the next page. */
export interface RequestJson {
  id: string;
  surface: string;
  /** The items that were exposed already, by an opaque key. */
  exposed: string[];
}

/** A request of one surface. No method throws. */
export interface SightlineRequest {
  /** The request id that every event of it carries. */
  readonly id: string;
  readonly surface: string;
  /** Headers for the call to the recommender: `X-Request-Id`, and a `traceparent` (W3C Trace Context) that is the request's own. */
  readonly headers: { "X-Request-Id": string; traceparent: string };
  /** Takes the id that the server gave instead of its own. Only before the first event. */
  adopt(serverId: string): void;
  /** Records what the service answered. */
  decision(items: readonly Item[]): void;
  /** Records an exposure (basis `viewable`) once the element has been seen. Returns what ends the watch. */
  observe(element: Element, item: Item): () => void;
  /** Records an exposure on the caller's word (basis `vouched`), for items that were not exposed yet. */
  exposed(items: readonly Item[]): void;
  /** Records an outcome. A click on an item that was not exposed yet records its exposure first (basis `click`). */
  outcome(type: OutcomeType, details: OutcomeDetails): void;
  /** The items of it that this page knows, and how far each has come. */
  items(): (Item & { state: ItemState })[];
  toJSON(): RequestJson;
}

/** What is known of a request id on this page; all requests of that id share it. */
export interface RequestState {
  id: string;
  surface: string;
  exposed: Set<string>;
  /** Items that were answered, observed or exposed, by key. */
  items: Map<string, Item & { state: ItemState }>;
  /** Placements that its items were in: an outcome tells of an item, and not of a placement. */
  placements: Set<string | undefined>;
  /** The `traceparent`, once it was asked for. */
  trace?: string;
  /** An event carries the id: it stays. */
  isUsed?: boolean;
  /** Its id belongs to another surface: it records nothing. */
  isMuted?: boolean;
}

/** An element's item and the request it belongs to. */
export interface Watched {
  state: RequestState;
  item: Item;
}

/** What a request needs of its tracker. */
export interface RequestPort {
  record(type: string, fields: Partial<WireEvent>): void;
  watch(element: Element, watched: Watched): () => void;
  /** An item has come further. */
  note(note: DebugNote): void;
  /** Gives the state another id, or refuses to. */
  adopt(state: RequestState, id: string): void;
  guard: Guard;
}

const STATES: readonly ItemState[] = ["requested", "rendered", "seen", "acted"];

/** Moves an item on to a state; never back. */
export function advance(
  port: RequestPort,
  { id, items, placements }: RequestState,
  item: Item,
  to: ItemState,
  element?: Element,
): void {
  const key = itemKey(item);
  const before = items.get(key)?.state;
  const state = before && STATES.indexOf(before) > STATES.indexOf(to) ? before : to;
  // A copy: a list that recycles its rows may recycle its objects too.
  items.set(key, { ...item, state });
  placements.add(item.placement);
  if (state !== before) port.note({ requestId: id, item, state, element });
}

/** Records one exposure of those items that were not exposed yet. */
export function expose(port: RequestPort, state: RequestState, items: readonly Item[], basis: Basis): void {
  const { exposed } = state;
  const fresh = items.filter((item) => !exposed.has(itemKey(item)) && exposed.add(itemKey(item)));
  recordItems(port, state, "exposure", fresh, basis);
}

function recordItems(port: RequestPort, state: RequestState, type: string, items: readonly Item[], basis?: Basis): void {
  for (let at = 0; at < items.length; at += ITEMS) {
    record(port, state, type, { items: items.slice(at, at + ITEMS).map((item) => wireItem(item, basis)) });
  }
  for (const item of items) advance(port, state, item, basis ? "seen" : "requested");
}

function record(port: RequestPort, state: RequestState, type: string, fields: object): void {
  state.isUsed = true;
  if (!state.isMuted) port.record(type, { request_id: state.id, surface: state.surface, ...fields });
}

function recordOutcome(port: RequestPort, state: RequestState, type: OutcomeType, details: OutcomeDetails): void {
  const { itemId, position, metrics, payload } = details;
  const keys = [...state.placements].map((placement) => itemKey({ itemId, placement }));
  const known = keys.map((key) => state.items.get(key)).find((item) => item && item.position === (position ?? item.position));
  const item = known ?? (position === undefined ? undefined : { itemId, position });
  if (type === "click" && item && !keys.some((key) => state.exposed.has(key))) expose(port, state, [item], "click");
  record(port, state, type, { item_id: itemId, position: item?.position, metrics, payload });
  if (item) advance(port, state, item, "acted");
}

/** A `traceparent` of its own: https://www.w3.org/TR/trace-context/#traceparent-header */
function newTrace(): string {
  const [high, low, span] = [...crypto.getRandomValues(new BigUint64Array(3))].map((n) => n.toString(16).padStart(16, "0"));
  return `00-${high}${low}-${span}-01`;
}

/** The request for a state. */
export function createRequest(port: RequestPort, state: RequestState): SightlineRequest {
  const { guard } = port;
  return {
    get id() {
      return state.id;
    },
    get surface() {
      return state.surface;
    },
    get headers() {
      return { "X-Request-Id": state.id, traceparent: (state.trace ??= newTrace()) };
    },
    adopt: guard((serverId) => port.adopt(state, serverId)),
    decision: guard((items) => recordItems(port, state, "decision", items)),
    observe: guard(
      (element, item) => {
        const isSeen = state.exposed.has(itemKey(item));
        advance(port, state, item, isSeen ? "seen" : "requested", element);
        return isSeen ? () => {} : port.watch(element, { state, item: { ...item } });
      },
      () => {},
    ),
    exposed: guard((items) => expose(port, state, items, "vouched")),
    outcome: guard((type, details) => recordOutcome(port, state, type, details)),
    items: () => [...state.items.values()],
    toJSON: () => ({ id: state.id, surface: state.surface, exposed: [...state.exposed] }),
  };
}
