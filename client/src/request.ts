/**
 * A request: one answer of a recommender to one surface, and everything that its items lead to. Its id is minted here, before the call,
 * or is the server's; every event of it carries that id, and so joins.
 */
import { chunkItems, itemKey, keyItem, wireItem, type Item } from "./items.ts";
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
  /** Headers for the call to the recommender: `X-Request-Id`. */
  readonly headers: Record<string, string>;
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
  toJSON(): RequestJson;
}

/** What is known of a request id on this page; all requests of that id share it. */
export interface RequestState {
  id: string;
  surface: string;
  exposed: Set<string>;
  /** Items that were observed or exposed, by key. */
  items: Map<string, Item>;
  /** An event carries the id: it stays. */
  isUsed: boolean;
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
  /** Gives the state another id, or refuses to. */
  adopt(state: RequestState, id: string): void;
  guard: Guard;
}

/** A state with nothing exposed. */
export function createState(id: string, surface: string): RequestState {
  return { id, surface, exposed: new Set(), items: new Map(), isUsed: false };
}

/** Records one exposure of those items that were not exposed yet. */
export function expose(port: RequestPort, state: RequestState, items: readonly Item[], basis: Basis): void {
  const fresh = items.filter((item) => {
    const key = itemKey(item.itemId, item.placement);
    state.items.set(key, item);
    return !state.exposed.has(key) && state.exposed.add(key);
  });
  recordItems(port, state, "exposure", fresh, basis);
}

function recordItems(port: RequestPort, state: RequestState, type: string, items: readonly Item[], basis?: Basis): void {
  for (const chunk of chunkItems(items)) {
    recordOf(port, state, type, { items: chunk.map((item) => wireItem(item, basis)) });
  }
}

function recordOf(port: RequestPort, state: RequestState, type: string, fields: Partial<WireEvent>): void {
  state.isUsed = true;
  port.record(type, { request_id: state.id, surface: state.surface, ...fields });
}

function recordOutcome(port: RequestPort, state: RequestState, type: OutcomeType, details: OutcomeDetails): void {
  const { itemId, position, metrics, payload } = details;
  const known = [...state.items.values()].find((item) => item.itemId === itemId && item.position === (position ?? item.position));
  const place = position ?? known?.position;
  const isExposed = [...state.exposed].some((key) => keyItem(key) === itemId);
  if (type === "click" && !isExposed && place !== undefined) {
    expose(port, state, [known ?? { itemId, position: place }], "click");
  }
  recordOf(port, state, type, { item_id: itemId, position: place, metrics, payload } as Partial<WireEvent>);
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
      return { "X-Request-Id": state.id };
    },
    adopt: guard((serverId) => port.adopt(state, serverId)),
    decision: guard((items) => recordItems(port, state, "decision", items)),
    observe: guard(
      (element, item) => {
        const key = itemKey(item.itemId, item.placement);
        // A list that recycles its rows may recycle its objects too.
        const copy = { ...item };
        state.items.set(key, copy);
        return state.exposed.has(key) ? () => {} : port.watch(element, { state, item: copy });
      },
      () => {},
    ),
    exposed: guard((items) => expose(port, state, items, "vouched")),
    outcome: guard((type, details) => recordOutcome(port, state, type, details)),
    toJSON: () => ({ id: state.id, surface: state.surface, exposed: [...state.exposed] }),
  };
}
