/** Remembers over a navigation which request a product page was opened from, so that a purchase there belongs to it. */
import type { Tracker } from "./tracker.ts";

/** One shelf's request. */
export type ShelfRequest = ReturnType<Tracker["request"]>;

interface Origin {
  request: ReturnType<ShelfRequest["toJSON"]>;
  position: number;
}

/** Called when the visitor follows a card. */
export function rememberOrigin(itemId: string, request: ShelfRequest, position: number): void {
  sessionStorage.setItem(key(itemId), JSON.stringify({ request: request.toJSON(), position } satisfies Origin));
}

/** The request that the visitor came from, and the item's position there; undefined for one who came by another way. */
export function resumeOrigin(tracker: Tracker, itemId: string): { request: ShelfRequest; position: number } | undefined {
  const text = sessionStorage.getItem(key(itemId));
  if (text === null) return undefined;
  const { request, position } = JSON.parse(text) as Origin;
  return { request: tracker.resume(request), position };
}

function key(itemId: string): string {
  return `shop.origin.${itemId}`;
}
