import type { Item } from "../tracker/items.ts";
import type { SightlineRequest } from "../tracker/request.ts";
import type { Tracker } from "../tracker/tracker.ts";
import type { Reader } from "./create-reader.ts";

/** What marks an item's element. */
export const ITEM = "[data-sl-item]";

/** What marks a container. */
export const SURFACE = "[data-sl-surface]";

/** An item as it is observed. */
export interface Watch {
  request: SightlineRequest;
  item: Item;
  /** Its request and the item as text, to compare them. */
  text: string;
  stop(): void;
}

/** Brings what is observed in line with these elements. */
export type Update = (elements: Iterable<Element>) => void;

/** Makes the function that keeps `watches`: those of the items, each under the request of its container. */
export function createUpdate(tracker: Tracker, read: Reader, watches: Map<Element, Watch>): Update {
  const requests = new WeakMap<Element, { name: string; request: SightlineRequest }>();

  /** The container's request: another one as soon as it has another surface or id. */
  function requestOf(container: Element): SightlineRequest | undefined {
    const surface = read(container, "data-sl-surface");
    if (!surface) return undefined;
    const requestId = read(container, "data-sl-request") ?? undefined;
    const name = JSON.stringify([surface, requestId]);
    const known = requests.get(container);
    if (known?.name === name) return known.request;
    const request = tracker.request({ surface, requestId });
    requests.set(container, { name, request });
    return request;
  }

  /** Observes the item, unless it is what the element is observed for: a list may recycle its rows for other items. */
  function watch(element: Element, request: SightlineRequest, item: Item): void {
    const text = JSON.stringify([request.id, request.surface, item]);
    const old = watches.get(element);
    if (old?.text === text) return;
    old?.stop();
    watches.set(element, { request, item, text, stop: request.observe(element, item) });
  }

  return (elements) => {
    const containers = new Map<Element, { request: SightlineRequest | undefined; items: number }>();
    const gone = new Map(watches);
    for (const element of elements) {
      const found = element.closest(SURFACE);
      if (!found) continue;
      const container = containers.get(found) ?? { request: requestOf(found), items: 0 };
      containers.set(found, container);
      const { request } = container;
      const itemId = read(element, "data-sl-item");
      const position = read(element, "data-sl-position", `${++container.items}`);
      const placement = read(element, "data-sl-placement");
      if (!request || !itemId || !position || placement === null) continue;
      gone.delete(element);
      watch(element, request, { itemId, position: +position, placement });
    }
    for (const [element, { stop }] of gone) {
      stop();
      watches.delete(element);
    }
  };
}
