/**
 * A request: one response of a recommender to one surface, and everything that its items lead to. Its id is minted here, before the call,
 * or is the server's; every event of it carries that id, and so joins.
 */
import type { DetailsOf, EventDetails, EventName, OutcomeDetails } from "./event-details.ts";
import type { Item, ItemState } from "./items.ts";

/** A request as text can carry it: through a server's rendering, a cache, or to the next page. */
export interface RequestJson {
  id: string;
  surface: string;
  /** The items that were exposed already, by an opaque key. */
  exposed: string[];
  /** When a server wrote it, in milliseconds since 1970: a page that was loaded over 5 minutes later gets a new id. Absent from pages. */
  at?: number;
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
  /** Records what the service recommended. */
  decision(items: readonly Item[]): void;
  /** Records an exposure (basis `viewable`) once the element has been seen. Returns what ends the watch. */
  observe(element: Element, item: Item): () => void;
  /** Records an exposure on the caller's word (basis `vouched`), for items that were not exposed yet. */
  exposed(items: readonly Item[]): void;
  /** Records an outcome, which may be an own type. A click on an item that was not exposed yet records its exposure first (basis `click`). */
  outcome<Type extends EventName>(type: Type, details: DetailsOf<Type, OutcomeDetails>): void;
  /** The items of it that this page knows, and how far each has come. */
  items(): (Item & { state: ItemState })[];
  toJSON(): RequestJson;
}

/** What {@link Tracker.track} takes beside the type. */
export type TrackDetails = EventDetails & {
  /** The request that it belongs to: its id and its surface go along. With an `itemId` too it is an outcome of it. @default none */
  request?: SightlineRequest | undefined;
};
