import { newTrace } from "../lib/new-trace.ts";
import type { Item, ItemState } from "./items.ts";

/** What is known of a request id on this page. */
export interface RequestState {
  requestId: string;
  surface: string;
  /** Keys of the items that were exposed. */
  exposed: Set<string>;
  /** Items that were recommended, observed or exposed, by key. */
  items: Map<string, Item & { state: ItemState }>;
  /** Placements that its items were in: an outcome tells of an item, and not of a placement. */
  placements: Set<string | undefined>;
  trace: string;
  /** When it was made, in milliseconds. */
  at: number;
  /** It records nothing: its id belongs to another surface. */
  isMuted: boolean;
  /** An event carries the id: it stays. */
  isUsed: boolean;
}

/** The state of a new request. */
export const createState = (requestId: string, surface: string, isMuted: boolean): RequestState => ({
  requestId,
  surface,
  exposed: new Set(),
  items: new Map(),
  placements: new Set([undefined]),
  trace: newTrace(),
  at: Date.now(),
  isMuted,
  isUsed: isMuted,
});
