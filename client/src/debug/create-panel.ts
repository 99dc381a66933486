import { itemKey, type ItemState } from "../tracker/items.ts";
import type { WireEvent } from "../wire/index.ts";
import type { ItemNote } from "./create-boxes.ts";
import { describeEvent } from "./describe-event.ts";
import { makeElement } from "./make-element.ts";

/** The panel with the legend and the last events. */
export interface Panel {
  tellItem(note: ItemNote): void;
  tellEvent(event: Partial<WireEvent>): void;
  /** Shows what it was told since the last time. */
  draw(): void;
}

/** What the legend says, in the order in which an item comes through. */
const STATES: Record<ItemState, string> = {
  requested: "recommended, or to be shown",
  rendered: "laid out, with content",
  seen: "exposed",
  acted: "with an outcome",
};

/** Events that are listed. */
const LAST = 50;

/** Makes the panel within `parent`. */
export function createPanel(parent: ParentNode, isOpen: boolean, onClose: () => void): Panel {
  const aside = makeElement(parent, "aside", { "aria-label": "Sightline debug overlay" });
  const details = makeElement(aside, "details");
  details.open = isOpen;
  const summary = makeElement(details, "summary", { text: "Sightline " });
  const total = makeElement(summary, "span", { text: "0 events" });
  const legend = makeElement(details, "ul", { "aria-label": "Items by state" });
  const counts = new Map(
    Object.entries(STATES).map(([state, title]) => [state, { items: 0, text: makeCount(legend, state, title) }]),
  );
  const hint = makeElement(details, "p", { text: "No event yet." });
  const list = makeElement(details, "ol", { "aria-label": `The last ${LAST} events, the newest first` });
  makeElement(aside, "button", { type: "button", text: "×", "aria-label": "Close the overlay" }).addEventListener(
    "click",
    onClose,
  );

  const states = new Map<string, ItemState>();
  let fresh: Partial<WireEvent>[] = [];
  let events = 0;

  function count(state: ItemState | undefined, change: number): void {
    const known = state && counts.get(state);
    if (known) known.items += change;
  }

  return {
    tellItem({ requestId, item, state }) {
      const key = `${requestId} ${itemKey(item)}`;
      count(states.get(key), -1);
      count(state, 1);
      states.set(key, state);
    },
    tellEvent(event) {
      events++;
      fresh = [...fresh.slice(1 - LAST), event];
    },
    draw() {
      for (const [state, { items, text }] of counts) {
        const now = `${state} ${items}`;
        if (text.textContent !== now) text.textContent = now;
      }
      if (fresh.length === 0) return;
      hint.hidden = true;
      total.textContent = events === 1 ? "1 event" : `${events} events`;
      for (const event of fresh) list.prepend(describeEvent(event));
      fresh = [];
      while (list.children.length > LAST) list.lastElementChild?.remove();
    },
  };
}

/** A line of the legend; returns what holds its text. */
function makeCount(legend: HTMLElement, state: string, title: string): HTMLElement {
  const row = makeElement(legend, "li", { title, "data-state": state });
  makeElement(row, "i", { "aria-hidden": "true" });
  return makeElement(row, "span", { text: `${state} 0` });
}
