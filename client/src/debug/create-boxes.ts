import { itemKey, type DebugNote } from "../tracker/items.ts";
import { findClippers } from "./find-clippers.ts";
import { makeElement } from "./make-element.ts";
import { placeOver } from "./place-over.ts";

/** A note on an item. */
export type ItemNote = Extract<DebugNote, { item: unknown }>;

/** The outlines of items. */
export interface Boxes {
  tell(note: ItemNote): void;
  /** Puts the outlines where their elements are now. True while there are any in view, whose elements may move. */
  draw(): boolean;
  close(): void;
}

interface Box {
  key: string;
  frame: HTMLElement;
  label: HTMLElement;
  /** Looked for once it comes into view: to look at styles while the page still renders makes it lay out each time. */
  clippers?: Element[];
  /** Where it was drawn, as text. */
  place: string;
}

/** Boxes from which on those of elements that have left the document are forgotten. */
const MANY = 500;

/** Draws within `parent`; `onMove` is called when something came into view or left it. The page's own elements are not touched. */
export function createBoxes(parent: HTMLElement, onMove: () => void): Boxes {
  const boxes = new Map<Element, Box>();
  const elements = new Map<string, Element>();
  /** In the viewport, and not cut off by a scroller. */
  const inView = new Map<Element, Box>();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const box = boxes.get(target);
      if (!box) continue;
      if (isIntersecting) inView.set(target, box);
      else hide(target, box);
    }
    onMove();
  });

  function hide(element: Element, { frame }: Box): void {
    frame.hidden = true;
    inView.delete(element);
  }

  function remove(element: Element): void {
    const box = boxes.get(element);
    if (!box) return;
    observer.unobserve(element);
    box.frame.remove();
    inView.delete(element);
    boxes.delete(element);
    elements.delete(box.key);
  }

  function add(element: Element, key: string): Box {
    if (boxes.size >= MANY) for (const known of boxes.keys()) if (!known.isConnected) remove(known);
    const frame = makeElement(parent, "div", { class: "box", hidden: "" });
    const box: Box = { key, frame, label: makeElement(frame, "span"), place: "" };
    boxes.set(element, box);
    elements.set(key, element);
    observer.observe(element);
    return box;
  }

  /** The box of an item at its element: a list that recycles its rows shows another item there, and an item may have moved to another row. */
  function boxOf(element: Element, key: string): Box {
    const before = boxes.get(element);
    if (before?.key === key) return before;
    remove(element);
    const other = elements.get(key);
    if (other) remove(other);
    return add(element, key);
  }

  return {
    tell({ requestId, item, state, element }) {
      const key = `${requestId} ${itemKey(item)}`;
      const found = element ?? elements.get(key);
      if (!found) return;
      const { frame, label } = boxOf(found, key);
      frame.dataset["state"] = state;
      label.textContent = `${item.position} · ${item.itemId} · ${state}`;
    },
    draw() {
      // All are measured before any is moved, so that the page is laid out once.
      const places = [...inView].map(([element, box]) => {
        box.clippers ??= findClippers(element);
        return [box, placeOver(element, box.clippers)] as const;
      });
      for (const [box, place] of places) {
        const text = JSON.stringify(place);
        if (box.place !== text) Object.assign(box.frame.style, place);
        box.place = text;
        box.frame.hidden = false;
      }
      return places.length > 0;
    },
    close: () => observer.disconnect(),
  };
}
