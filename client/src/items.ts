import type { Basis, WireItem } from "./wire.ts";

/** An item that a service answered with, or that a page shows. */
export interface Item {
  /** Identity of the item in the catalogue, 1 to 256 characters. */
  itemId: string;
  /** Place in the list as the user meets it, a whole number from 1. */
  position: number;
  /** Which of several lists of one request shows it; an item counts as seen once per placement. @default none */
  placement?: string | undefined;
  /** Score that the policy gave the item. @default none */
  score?: number | undefined;
  /** Probability with which the policy chose this item for this position, above 0 and at most 1. @default none */
  propensity?: number | undefined;
}

/** Items of one `items` list on the wire, at most. */
const ITEMS = 100;

/** What makes an item one within its request. */
export const itemKey = (itemId: string, placement = ""): string => JSON.stringify([placement, itemId]);

/** The item that a key is of. */
export const keyItem = (key: string): string => (JSON.parse(key) as [string, string])[1];

/** The item as the wire has it; what is not given is not there. */
export function wireItem(item: Item, basis?: Basis): WireItem {
  const { itemId: item_id, position, placement, score, propensity } = item;
  // JSON leaves out what is undefined, which is what the wire wants.
  return { item_id, position, placement, score, propensity, basis } as WireItem;
}

/** The items in lists of a length that the wire takes. */
export function chunkItems(items: readonly Item[]): Item[][] {
  const chunks: Item[][] = [];
  for (let at = 0; at < items.length; at += ITEMS) chunks.push(items.slice(at, at + ITEMS));
  return chunks;
}
