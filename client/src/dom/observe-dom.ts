import { isEcho } from "../lib/is-echo.ts";
import type { Tracker } from "../tracker/tracker.ts";
import type { OutcomeType } from "../wire/index.ts";
import { createReader, RULES } from "./create-reader.ts";
import { createUpdate, ITEM, SURFACE, type Watch } from "./create-update.ts";

const EVENTS = ["click", "auxclick", "submit"];

const OUTCOME = "[data-sl-outcome]";

/**
 * Records what the attributes below `root` ask for, see this folder's index: exposures of the items, those that are added later included,
 * and outcomes of clicks and submits. Returns what ends it. An item outside of any container is not observed; its outcomes go to what
 * led to it, as `tracker.outcome` finds that.
 *
 * A root is a document, an element, or an open shadow root: what is in one is seen only by an observer of its own. An attribute whose
 * value cannot be used is told on the console, and nothing is recorded of its element. Never throws; does nothing on a server.
 */
export function observeDom(tracker: Tracker, root: ParentNode & Node = globalThis.document): () => void {
  if (!root) return () => {};
  const watches = new Map<Element, Watch>();
  const read = createReader();
  const update = createUpdate(tracker, read, watches);

  const follow = (records: MutationRecord[]): void => {
    if (records.some(changesItems)) update(root.querySelectorAll(ITEM));
  };
  const observer = new MutationObserver(follow);

  function act(event: Event): void {
    const element = outcomeOf(event);
    const type = element && (read(element, "data-sl-outcome") as OutcomeType | null);
    if (!type) return;
    // What the page has changed in this very task counts too.
    follow(observer.takeRecords());
    const owner = element.closest(ITEM) ?? element;
    const watch = watches.get(owner);
    const itemId = read(owner, "data-sl-item", "");
    // Not left to the tracker: within a shadow root it does not know of the event.
    if (isEcho(type, watch?.text ?? owner, event)) return;
    if (watch) watch.request.outcome(type, watch.item);
    else if (itemId && !owner.closest(SURFACE)) tracker.outcome(type, { itemId });
  }

  observer.observe(root, { subtree: true, childList: true, attributeFilter: Object.keys(RULES) });
  // Captured: a page that stops the event on its way, or changes the row because of it, changes nothing here.
  for (const type of EVENTS) root.addEventListener(type, act, true);
  update(root.querySelectorAll(ITEM));
  return () => {
    observer.disconnect();
    for (const type of EVENTS) root.removeEventListener(type, act, true);
    update([]);
  };
}

/** True where a mutation adds, removes or changes items. */
const changesItems = ({ attributeName, addedNodes, removedNodes }: MutationRecord): unknown =>
  attributeName || [...(addedNodes as NodeListOf<Element>), ...(removedNodes as NodeListOf<Element>)].some(holdsItem);

/** True for an item and what is around one. Most nodes are neither, and a text has no such methods. */
const holdsItem = (node: Partial<Element>): unknown => node.matches?.(ITEM) || node.querySelector?.(ITEM);

/** The nearest element that asks for an outcome of this event: a form for its submit, others for a click or a link's middle click. */
function outcomeOf({ type, target, button }: Event & { button?: number }): Element | undefined {
  const from = target as Element;
  const element = from.closest?.(OUTCOME);
  if (!element || (element.localName === "form") !== (type === "submit")) return undefined;
  if (type === "auxclick" && !(button === 1 && from.closest("a"))) return undefined;
  return element;
}
