import { textOf } from "../lib/text-of.ts";
import type { Basis, WireEvent, WireItem } from "../wire/index.ts";

/** An item that a service recommended, or that a page shows. */
export interface Item {
  /** Identity of the item in the catalogue, 1 to 256 characters. */
  itemId: string;
  /** Place in the list as the user meets it, a whole number from 1 to 2,147,483,647. */
  position: number;
  /** Which of several lists of one request shows it; an item counts as seen once per placement. @default none */
  placement?: string | undefined;
  /** Score that the policy gave the item. @default none */
  score?: number | undefined;
  /** Probability with which the policy chose this item for this position, above 0 and below 1. @default none */
  propensity?: number | undefined;
}

/** How far an item has come: recommended or to be shown, laid out with content, seen, or the subject of an outcome. */
export type ItemState = "requested" | "rendered" | "seen" | "acted";

/** What `debug` is told: an event as it is queued, or an item that has come further. */
export type DebugNote =
  | { event: Partial<WireEvent> }
  | { requestId: string; item: Item; state: ItemState; element: Element | undefined };

/** What makes an item one within its request. */
export const itemKey = ({ itemId, placement = "" }: Pick<Item, "itemId" | "placement">): string =>
  JSON.stringify([placement, `${itemId}`]);

/** The item as the wire has it; what is not given is not there. */
export function wireItem(item: Item, basis?: Basis): WireItem {
  const { itemId, position, placement, score, propensity } = item;
  // JSON leaves out what is undefined, which is what the wire wants.
  return { item_id: textOf(itemId), position, placement, score, propensity, basis } as WireItem;
}
