import type { DebugNote } from "../tracker/items.ts";
import { createBoxes } from "./create-boxes.ts";
import { createPanel } from "./create-panel.ts";
import { makeElement } from "./make-element.ts";
import { OVERLAY_STYLE } from "./overlay-style.ts";

/** Settings of {@link createOverlay}. */
export interface OverlayOptions {
  /** Whether the panel is open at first; the outlines are there in either case. @default true */
  open?: boolean | undefined;
}

/** Shows the notes of a tracker: it is what `debug` takes. */
export interface Overlay {
  (note: DebugNote): void;
  /** Takes it off the page; later notes are ignored. */
  close(): void;
}

/**
 * Puts an overlay on the page, in a shadow root of its own: outlines of the observed items by their state (requested, rendered, seen, acted),
 * and a panel with the last 50 events. Clicks outside of the panel go to the page, whose elements are not touched. It needs nothing of a
 * Content Security Policy. Never throws: where it cannot be had it says so on the console, and on a server it does nothing.
 *
 * What it draws lies over the items. By the usual rule that changes nothing; with `viewability.trackVisibility` an outlined item counts as
 * covered and is never seen, so leave that off beside the overlay. An open modal dialog lies over the overlay.
 */
export function createOverlay({ open = true }: OverlayOptions = {}): Overlay {
  let view: View | undefined;
  const close = (): void => {
    view?.close();
    view = undefined;
  };
  try {
    if (typeof document !== "undefined") view = createView(open, close);
  } catch (error) {
    console.warn("[sightline] no overlay:", error);
  }
  return Object.assign((note: DebugNote) => view?.tell(note), { close });
}

interface View {
  tell(note: DebugNote): void;
  close(): void;
}

function createView(isOpen: boolean, onClose: () => void): View {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(OVERLAY_STYLE);
  // Beside the body: some frameworks replace that.
  const host = makeElement(document.documentElement, "div", { "data-sightline-overlay": "" });
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  let frame = 0;
  const boxes = createBoxes(makeElement(root, "div", { "aria-hidden": "true" }), schedule);
  const panel = createPanel(root, isOpen, onClose);

  /** Once a frame, however many notes there are: while the page loads they come in hundreds. */
  function schedule(): void {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      panel.draw();
      if (boxes.draw()) schedule();
    });
  }

  return {
    tell(note) {
      if ("event" in note) panel.tellEvent(note.event);
      else {
        boxes.tell(note);
        panel.tellItem(note);
      }
      schedule();
    },
    close() {
      cancelAnimationFrame(frame);
      boxes.close();
      host.remove();
    },
  };
}
